#include "nodes/gateway/grpc_api.hpp"

#include "messages/assert.hpp"

#include <algorithm>

namespace maestro {

namespace pb = google::protobuf;

grpc_api::row& grpc_api::at(const pb::Descriptor& request) {
  auto find = [&] {
    return std::find_if(rows_.begin(), rows_.end(),
                        [&](auto& known) { return known.method->input_type() == &request; });
  };
  auto found = find();
  if (found == rows_.end()) {
    auto* file = request.file();
    for (int i = 0; i < file->service_count(); ++i)
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        auto* method = file->service(i)->method(j);
        rows_.push_back({method, fmt::format("/{}/{}", file->service(i)->full_name(), method->name()), {}});
      }
    found = find();
  }
  MAESTRO_ASSERT(found != rows_.end(), "no rpc takes {}", request.full_name());
  return *found;
}

} // namespace maestro

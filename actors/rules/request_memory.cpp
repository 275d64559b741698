#include "actors/rules/request_memory.hpp"

#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#include <fmt/format.h>

namespace maestro::rules {

namespace {

using by_key = boost::multi_index::member<remembered_request, request_key, &remembered_request::key>;
using container_type = boost::multi_index_container<
    remembered_request,
    boost::multi_index::indexed_by<boost::multi_index::sequenced<>,
                                   boost::multi_index::hashed_unique<by_key, std::hash<request_key>>>>;

} // namespace

struct request_memory::container : container_type {};

request_memory::request_memory() = default;
request_memory::request_memory(request_memory&&) noexcept = default;
request_memory& request_memory::operator=(request_memory&&) noexcept = default;
request_memory::~request_memory() = default;

void request_memory::remember(remembered_request done) {
  if (done.key.empty())
    return;
  if (!requests_)
    requests_ = std::make_unique<container>();
  auto& all = *requests_;
  auto now = done.at;
  all.push_back(std::move(done));
  auto is_over = [&](const remembered_request& oldest) {
    return all.size() > kept_at_most || (all.size() > kept_always && oldest.at + kept_for < now);
  };
  while (is_over(all.front()))
    all.pop_front();
}

const remembered_request* request_memory::find(const request_key& key) const {
  if (!requests_ || key.empty())
    return nullptr;
  auto& keys = requests_->get<1>();
  auto found = keys.find(key);
  return found == keys.end() ? nullptr : &*found;
}

std::size_t request_memory::size() const {
  return requests_ ? requests_->size() : 0;
}

std::vector<remembered_request> request_memory::all() const {
  return requests_ ? std::vector<remembered_request>(requests_->begin(), requests_->end())
                   : std::vector<remembered_request>();
}

void request_memory::restore(std::vector<remembered_request> requests) {
  requests_.reset();
  for (auto& one : requests)
    remember(std::move(one));
}

result<done> check_same(const remembered_request& known, const std::string& what) {
  if (known.what == what)
    return done{};
  return failure{ec::invalid_argument, fmt::format("the request key {} was used for {} already, not for {}",
                                                   known.key.str(), known.what, what)};
}

} // namespace maestro::rules

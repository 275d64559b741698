#include "test/support/grpc_reflection.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/message.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>

namespace maestro {

namespace pb = google::protobuf;

namespace {

using message = std::unique_ptr<pb::Message>;

message make(const char* name) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin(); // without a call into it the linker leaves it out
  auto* type = pb::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  if (type == nullptr)
    throw std::runtime_error(std::string("this program does not know ") + name);
  return message(pb::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

/// One question on a stream of its own.
message ask_reflection(std::uint16_t port, const char* field, const std::string& value) {
  auto question = make("grpc.reflection.v1alpha.ServerReflectionRequest");
  question->GetReflection()->SetString(question.get(), question->GetDescriptor()->FindFieldByName(field), value);
  grpc::GenericStub stub(
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  grpc::CompletionQueue queue;
  auto stream =
      stub.PrepareCall(&context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
  auto wait = [&] {
    void* tag = nullptr;
    bool ok = false;
    if (!queue.Next(&tag, &ok) || !ok)
      throw std::runtime_error("reflection is not answered");
  };
  stream->StartCall(nullptr);
  wait();
  grpc::ByteBuffer bytes;
  bool own = false;
  auto made = grpc::GenericSerialize<grpc::ProtoBufferWriter, pb::Message>(*question, &bytes, &own);
  stream->Write(bytes, nullptr);
  wait();
  stream->WritesDone(nullptr);
  wait();
  grpc::ByteBuffer answered;
  stream->Read(&answered, nullptr);
  wait();
  grpc::Status status;
  stream->Finish(&status, nullptr);
  wait();
  auto answer = make("grpc.reflection.v1alpha.ServerReflectionResponse");
  grpc::ProtoBufferReader reader(&answered);
  if (!made.ok() || !status.ok() || !answer->ParseFromZeroCopyStream(&reader))
    throw std::runtime_error("reflection: " + status.error_message());
  return answer;
}

const pb::Message& part(const pb::Message& of, const char* field) {
  return of.GetReflection()->GetMessage(of, of.GetDescriptor()->FindFieldByName(field));
}

} // namespace

std::vector<std::string> reflected_services(std::uint16_t port) {
  auto answer = ask_reflection(port, "list_services", "*");
  auto& list = part(*answer, "list_services_response");
  auto* field = list.GetDescriptor()->FindFieldByName("service");
  std::vector<std::string> names;
  for (int i = 0; i < list.GetReflection()->FieldSize(list, field); ++i) {
    auto& one = list.GetReflection()->GetRepeatedMessage(list, field, i);
    names.push_back(one.GetReflection()->GetString(one, one.GetDescriptor()->FindFieldByName("name")));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> reflected_methods(std::uint16_t port, const std::string& service) {
  auto answer = ask_reflection(port, "file_containing_symbol", service);
  auto& files = part(*answer, "file_descriptor_response");
  auto* field = files.GetDescriptor()->FindFieldByName("file_descriptor_proto");
  std::vector<std::string> names;
  for (int i = 0; i < files.GetReflection()->FieldSize(files, field); ++i) {
    pb::FileDescriptorProto file;
    if (!file.ParseFromString(files.GetReflection()->GetRepeatedString(files, field, i)))
      throw std::runtime_error("reflection sent no descriptor");
    for (auto& one : file.service())
      if (file.package() + "." + one.name() == service)
        for (auto& method : one.method())
          names.push_back(method.name());
  }
  std::sort(names.begin(), names.end());
  return names;
}

} // namespace maestro

#include "messages/journal_codec.hpp"

#include "messages/journal_fields.hpp"

#include <iterator>

namespace maestro {

namespace {

constexpr std::size_t kept_scratch = 64 << 10;

// Most records are far below a hundred bytes: written into a buffer that is kept, so that the result is the only
// allocation and has its exact size.
template <class Write>
std::string written(Write write) {
  thread_local std::string scratch;
  scratch.clear();
  write(wire::writer(scratch));
  if (scratch.capacity() > kept_scratch)
    return std::exchange(scratch, {});
  return scratch;
}

template <class T>
std::string encode_fields(const T& x) {
  return written([&](wire::writer w) { fields(w, x); });
}

template <class T>
bool decode_fields(std::string_view bytes, T& x) {
  return wire::reader(bytes).message(x);
}

/// message Snapshot: each kind under its schema number, so that one is never taken for another.
template <class T>
constexpr std::uint32_t snapshot_number = 0;
template <>
constexpr std::uint32_t snapshot_number<scheduler_snapshot> = 1;
template <>
constexpr std::uint32_t snapshot_number<pool_snapshot> = 2;
template <>
constexpr std::uint32_t snapshot_number<forwarding_snapshot> = 3;

template <class T>
struct snapshot_reference {
  T& body;
};

template <class T>
void fields(auto& f, snapshot_reference<T>& x) {
  f.required(snapshot_number<T>, x.body);
}

template <class T>
std::string encode_snapshot(const T& x) {
  return written([&](wire::writer w) { w.required(snapshot_number<T>, x); });
}

template <class T>
bool decode_snapshot(std::string_view bytes, T& x) {
  snapshot_reference<T> envelope{x};
  return wire::reader(bytes).message(envelope);
}

/// A pool's snapshot may have been written in parts: the field stands there several times, and all of them together
/// are the snapshot.
struct pool_snapshot_parts {
  std::vector<pool_snapshot> parts;
};

void fields(auto& f, pool_snapshot_parts& x) {
  f(snapshot_number<pool_snapshot>, x.parts);
}

void take_tally(operation_tally& whole, operation_tally& part) {
  if (!part.id.empty())
    whole = std::move(part);
}

bool decode_snapshot(std::string_view bytes, pool_snapshot& x) {
  pool_snapshot_parts read;
  if (!wire::reader(bytes).message(read) || read.parts.empty())
    return false;
  x = std::move(read.parts.front());
  for (auto part = std::next(read.parts.begin()); part != read.parts.end(); ++part) {
    take_tally(x.last_add, part->last_add);
    take_tally(x.last_remove, part->last_remove);
    x.rooms.insert(x.rooms.end(), std::make_move_iterator(part->rooms.begin()),
                   std::make_move_iterator(part->rooms.end()));
    part->rooms = {};
  }
  return true;
}

} // namespace

#define MAESTRO_CODED(type, form)                                                                                 \
  std::string encode(const type& x) {                                                                             \
    return encode_##form(x);                                                                                      \
  }                                                                                                               \
  bool decode(std::string_view bytes, type& x) {                                                                  \
    return decode_##form(bytes, x);                                                                               \
  }

MAESTRO_CODED(scheduler, fields)
MAESTRO_CODED(operation, fields)
MAESTRO_CODED(finished_operation, fields)
MAESTRO_CODED(scheduler_event, fields)
MAESTRO_CODED(scheduler_snapshot, snapshot)
MAESTRO_CODED(pool_event, fields)
MAESTRO_CODED(pool_snapshot, snapshot)
MAESTRO_CODED(forwarding_event, fields)
MAESTRO_CODED(forwarding_snapshot, snapshot)
MAESTRO_CODED(enqueue_operation, fields)
MAESTRO_CODED(execute_operation, fields)
MAESTRO_CODED(operation_outcome, fields)
MAESTRO_CODED(record_progress, fields)
MAESTRO_CODED(health_plan, fields)
MAESTRO_CODED(create_instance, fields)
MAESTRO_CODED(told_room, fields)
MAESTRO_CODED(health_recipe, fields)

#undef MAESTRO_CODED

// A record begins with the number of its kind.
bool is_report(std::string_view bytes) {
  constexpr char first = 9 << 3 | 2;
  return !bytes.empty() && bytes.front() == first;
}

} // namespace maestro

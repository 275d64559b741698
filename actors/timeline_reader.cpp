#include "actors/timeline_reader.hpp"

#include "actors/answer_of.hpp"
#include "actors/put_question.hpp"
#include "actors/rules/status_changes.hpp"
#include "actors/rules/timeline.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>

namespace maestro {

namespace {

constexpr std::uint32_t page_events = 2000;
constexpr std::uint32_t changes_per_page = 1000;

struct timeline_reader_state {
  static inline const char* name = "timeline_reader";
  timeline_reader_state() {}

  actor_context_ptr context;
  std::int64_t walks = 0; ///< under way
};
using self_ptr = timeline_reader_actor::stateful_pointer<timeline_reader_state>;

/// One query on its way through a stream.
template <class Event, class Id>
struct walk {
  std::string stream;
  Id wanted;
  failure missing;
  rules::timeline_lines lines;
  caf::typed_response_promise<timeline> answer;
  timestamp known_since = never; ///< the first event that is left, when older ones are gone
  bool is_begun = false;
};

/// False: a record cannot be read.
template <class Event, class Id>
bool take(walk<Event, Id>& query, const event_page& page) {
  if (!query.is_begun && page.first_available > 1 && !page.items.empty())
    query.known_since = page.items.front().at;
  query.is_begun = true;
  for (auto& stored : page.items) {
    // Its id stands in every record that is about it: others need not be decoded.
    if (stored.record.find(query.wanted.str()) == std::string::npos)
      continue;
    Event event;
    if (!decode(stored.record, event))
      return false;
    rules::tell(query.lines, query.wanted, event, stored.at);
  }
  return true;
}

template <class Event, class Id>
void finish(walk<Event, Id>& query) {
  if (query.lines.empty() && query.known_since != never)
    query.missing.text += fmt::format("; what was before {} is past its retention", to_rfc3339(query.known_since));
  if (query.lines.empty())
    query.answer.deliver(to_caf(query.missing));
  else
    query.answer.deliver(query.lines.finish(query.known_since));
}

template <class Event, class Id>
void go_on(self_ptr self, std::shared_ptr<walk<Event, Id>> query, std::uint64_t from) {
  auto& context = *self->state.context;
  put_question(self, context.journal, context.settings.journal_timeout,
               read_events{query->stream, from, page_events})
      .then(
          [self, query](const event_page& page) {
            if (!take(*query, page)) {
              --self->state.walks;
              query->answer.deliver(to_caf(
                  {ec::internal, fmt::format("stream {} holds a record that cannot be read", page.stream)}));
              return;
            }
            if (!page.items.empty() && page.items.back().sequence < page.last)
              return go_on(self, query, page.items.back().sequence + 1);
            --self->state.walks;
            finish(*query);
          },
          [self, query](const caf::error& why) {
            --self->state.walks;
            query->answer.deliver(to_caf(answer_of(why, "journal")));
          });
}

template <class Event, class Id>
caf::result<timeline> begin(self_ptr self, std::string stream, const Id& wanted, failure missing) {
  auto& state = self->state;
  auto& settings = state.context->settings;
  if (wanted.empty())
    return to_caf(missing);
  if (state.walks >= settings.timeline_queries_limit)
    return to_caf({ec::resource_exhausted, fmt::format("{} timelines are being read, the limit is {}", state.walks,
                                                       settings.timeline_queries_limit)});
  ++state.walks;
  auto answer = self->make_response_promise<timeline>();
  go_on(self,
        std::make_shared<walk<Event, Id>>(walk<Event, Id>{
            std::move(stream), wanted, std::move(missing),
            rules::timeline_lines(static_cast<std::size_t>(settings.timeline_lines_limit)), answer}),
        1);
  return answer;
}

// -- how all of them change ------------------------------------------------------------------------------------

/// False: a record cannot be read.
template <class Event>
bool tell_changes(const event_page& page, std::uint64_t after, change_list& told) {
  told.next = page.items.empty() ? std::max(after, page.last) : page.items.back().sequence;
  told.is_last = told.next >= page.last;
  told.has_gap = page.first_available > after + 1;
  for (auto& stored : page.items) {
    Event event;
    if (!decode(stored.record, event))
      return false;
    if (auto change = rules::change_of(event)) {
      change->sequence = stored.sequence;
      change->at = stored.at;
      told.items.push_back(std::move(*change));
    }
  }
  return true;
}

// `from_now` reads no event, but where the stream ends.
caf::result<change_list> changes(self_ptr self, const list_changes& wanted) {
  auto answer = self->make_response_promise<change_list>();
  auto stream = (wanted.of_operations ? "scheduler/" : "rooms/") + wanted.scheduler.str();
  auto from = wanted.from_now ? std::numeric_limits<std::int64_t>::max() : wanted.after + 1;
  auto& context = *self->state.context;
  put_question(self, context.journal, context.settings.journal_timeout,
               read_events{stream, from, changes_per_page})
      .then(
          [wanted, answer](const event_page& page) mutable {
            change_list told;
            auto after = wanted.from_now ? page.last : wanted.after;
            bool is_readable = wanted.of_operations ? tell_changes<scheduler_event>(page, after, told)
                                                    : tell_changes<pool_event>(page, after, told);
            if (is_readable)
              answer.deliver(std::move(told));
            else
              answer.deliver(to_caf(
                  {ec::internal, fmt::format("stream {} holds a record that cannot be read", page.stream)}));
          },
          [answer](const caf::error& why) mutable { answer.deliver(to_caf(answer_of(why, "journal"))); });
  return answer;
}

timeline_reader_actor::behavior_type timeline_reader(self_ptr self, const actor_context_ptr& context) {
  self->state.context = context;
  return {
      [self](const get_room_timeline& wanted) {
        return begin<pool_event>(
            self, "rooms/" + wanted.scheduler.str(), wanted.room,
            {ec::not_found,
             fmt::format("room {} not found in scheduler {}", wanted.room.str(), wanted.scheduler.str()),
             failure_subject::room});
      },
      [self](const get_operation_timeline& wanted) {
        return begin<scheduler_event>(
            self, "scheduler/" + wanted.scheduler.str(), wanted.id,
            {ec::not_found,
             fmt::format("operation {} not found in scheduler {}", wanted.id.str(), wanted.scheduler.str()),
             failure_subject::operation});
      },
      [self](const list_changes& wanted) { return changes(self, wanted); },
  };
}

} // namespace

timeline_reader_actor spawn_timeline_reader(caf::actor_system& system, const actor_context_ptr& context) {
  return system.spawn<caf::lazy_init>(timeline_reader, context);
}

} // namespace maestro

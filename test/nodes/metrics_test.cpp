// The contract with dashboards: names, types and labels of everything we expose, against a golden list.
#include "actors/metrics.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

namespace maestro {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

const scheduler_name arena{"arena"};

void touch_everything(metrics& m, const scheduler_name& name = arena) {
  m.operation_executed("game", name, "add_rooms", true, 42ms);
  m.operation_rolled_back("game", name, "add_rooms", false, 1s);
  m.add_rooms_failed(name);
  m.remove_rooms_failed(name);
  m.set_rooms_wanted("game", name, 10, 7);
  m.set_terminations("game", name, 1, 2);
  scheduler recipe;
  recipe.name = name;
  recipe.game = "game";
  recipe.max_matches = 3;
  recipe.autoscaling.emplace();
  recipe.autoscaling->policy.room_occupancy = room_occupancy_policy{0.5, 0.9};
  recipe.autoscaling->policy.fixed_buffer = fixed_buffer_policy{5};
  room_counts counts;
  for (std::size_t i = 0; i < counts.rooms.size(); ++i)
    counts.rooms[i] = static_cast<std::int64_t>(100 + i);
  for (std::size_t i = 0; i < counts.instances.size(); ++i)
    counts.instances[i] = static_cast<std::int64_t>(200 + i);
  counts.running_matches = 9;
  counts.allocated_slots = 4;
  m.report_rooms(recipe, counts);
  m.instance_event_processed(name, instance_event_type::added, true);
  m.set_current_workers(name, worker_component::operation_execution, 1);
  m.ping_update_failed(name);
  m.room_silenced(name);
  m.set_degraded("game", name, true);
  m.allocation_answered(name, allocation_outcome::allocated, 2ms);
  m.allocation_answered(name, allocation_outcome::unknown_scheduler, 0ms);
  m.room_left_status(name, room_status::ready, 90s);
  m.journal_committed(1ms, 900);
  m.set_ready(true);
  m.set_cluster({2, 1, 1, 1, 5, 1, true});
  m.schedulers_taken_over(3);
  m.scheduler_moved(80ms);
  m.shared_journal_committed(2ms);
  m.writes_deposed(1);
  m.set_shared_journal(7, 900);
  m.watch_journal([] { return journal_usage{false, 1e9, 1e6}; });
  for (auto* code : {"OK", "Unavailable"}) {
    m.room_event_forwarded("game", name, code);
    m.player_event_forwarded("game", name, code);
  }
  m.ping_forwarding_failed(name);
  m.matchmaker_called("SendRoomEvent", "OK", 3ms);
  m.events_dropped(name, "matchmaker", "event", 1);
  m.set_forwarder_queue(name, "matchmaker", 2, 1s);
  m.http_started("management-api", "/schedulers/:schedulerName");
  m.http_finished({"management-api", "/schedulers/:schedulerName", "GET", 200, 3ms, 250});
  m.watch_process([] { return process_usage{1.5, 1e9, 2e6, 3e6, 12, 1024}; });
}

/// `name type label,label` of every metric, sorted.
std::string shape_of(const std::string& exposition) {
  std::map<std::string, std::string> types;
  std::map<std::string, std::set<std::string>> labels;
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) {
    std::smatch found;
    if (std::regex_match(line, found, std::regex("# TYPE (\\S+) (\\S+)"))) {
      types[found[1]] = found[2];
    } else if (line[0] != '#') {
      auto name = line.substr(0, line.find_first_of("{ "));
      if (!types.contains(name))
        name = std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "");
      EXPECT_TRUE(types.contains(name)) << line;
      static const std::regex label("(\\w+)=\"");
      for (std::sregex_iterator it(line.begin(), line.end(), label), end; it != end; ++it)
        if ((*it)[1] != "le")
          labels[name].insert((*it)[1]);
    }
  }
  std::string shape;
  for (auto& [name, type] : types) {
    shape += name + " " + type;
    for (auto& label : labels[name])
      shape += " " + label;
    shape += "\n";
  }
  return shape;
}

// Prometheus refuses a page that has two samples of one name and the same labels.
TEST(Metrics, ASchedulerThatHasTheNameOfTheRestIsCountedWithIt) {
  metrics m;
  m.bound_schedulers(2);
  scheduler namesake, second, third;
  namesake.name = scheduler_name{"other"};
  namesake.game = "other";
  second.name = scheduler_name{"second"};
  third.name = scheduler_name{"third"};
  room_counts counts;
  counts.rooms[static_cast<std::size_t>(room_status::ready)] = 5;
  scheduler fourth;
  fourth.name = scheduler_name{"fourth"};
  m.begin_report();
  for (auto* one : {&namesake, &second, &third, &fourth}) {
    m.report_rooms(*one, counts);
    m.add_rooms_failed(one->name);
    m.set_rooms_wanted("other", one->name, 1, 1);
  }
  m.end_report();
  auto text = m.render();
  EXPECT_THAT(text, HasSubstr("maestro_worker_gru_ready{game=\"other\",scheduler=\"other\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("execution_failed_total{operation=\"add_rooms\",scheduler=\"other\"} 2\n"));
  std::istringstream lines(text);
  std::set<std::string> seen;
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.starts_with('#') || seen.insert(line.substr(0, line.rfind(' '))).second) << line;
}

TEST(Metrics, OnlySoManySchedulersHaveSeriesOfTheirOwn) {
  metrics m;
  m.bound_schedulers(1);
  scheduler first, second, third;
  first.name = arena;
  second.name = scheduler_name{"second"};
  third.name = scheduler_name{"third"};
  room_counts counts;
  counts.rooms[static_cast<std::size_t>(room_status::ready)] = 5;
  for (int report = 0; report < 2; ++report) {
    m.begin_report();
    for (auto* one : {&first, &second, &third})
      m.report_rooms(*one, counts);
    m.end_report();
  }
  for (auto* one : {&first, &second, &third})
    m.add_rooms_failed(one->name);
  m.set_rooms_wanted("game", second.name, 1, 1);
  auto text = m.render();
  EXPECT_THAT(text, HasSubstr("maestro_worker_gru_ready{game=\"\",scheduler=\"arena\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("maestro_worker_gru_ready{game=\"other\",scheduler=\"other\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("execution_failed_total{operation=\"add_rooms\",scheduler=\"other\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("second")));
  EXPECT_EQ(m.schedulers(), std::vector<scheduler_name>{arena});
  m.forget_scheduler(arena);
  m.add_rooms_failed(second.name);
  EXPECT_EQ(m.schedulers(), std::vector<scheduler_name>{second.name}) << "a place became free";
}

TEST(Metrics, NamesTypesAndLabelsAreThoseOfTheGoldenList) {
  metrics m;
  touch_everything(m);
  std::stringstream golden;
  golden << std::ifstream(MAESTRO_METRIC_NAMES).rdbuf();
  EXPECT_EQ(shape_of(m.render()), golden.str());
}

/// deploy/guide/metrics-reference.md of what /metrics shows when everything has happened once.
std::string reference_of(const std::string& text) {
  std::string page =
      "# Metrics reference\n\nEvery series of `/metrics` (port 8081), made from the node's own table by "
      "`test/nodes/metrics_test.cpp`; not written by hand.\nWhat the names come from, and which are the "
      "original's: `proto/README.md` 8.3. Rules for alarms: `deploy/alerts.yaml`.\nHistograms are in "
      "milliseconds unless the name says seconds or bytes.\n\n| name | type | labels | what "
      "|\n|---|---|---|---|\n";
  std::map<std::string, std::string> helps;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("# HELP ")) {
      auto end = line.find(' ', 7);
      helps[line.substr(7, end - 7)] = line.substr(end + 1);
    }
  std::istringstream shapes(shape_of(text));
  for (std::string line; std::getline(shapes, line);) {
    std::istringstream words(line);
    std::string name, kind, labels;
    words >> name >> kind;
    for (std::string label; words >> label;)
      labels += (labels.empty() ? "" : ", ") + label;
    page += "| `" + name + "` | " + kind + " | " + labels + " | " + helps[name] + " |\n";
  }
  return page;
}

TEST(Metrics, TheReferenceIsMadeFromTheTable) {
  metrics m;
  touch_everything(m);
  auto file = std::string(MAESTRO_DEPLOY) + "/guide/metrics-reference.md";
  auto made = reference_of(m.render());
  if (std::getenv("MAESTRO_WRITE_GOLDEN"))
    std::ofstream(file) << made;
  std::stringstream page;
  page << std::ifstream(file).rdbuf();
  EXPECT_EQ(page.str(), made) << "run nodes_test with MAESTRO_WRITE_GOLDEN=1 to make it anew";
}

TEST(Metrics, HelpTextsEndInTheirKind) {
  metrics m;
  touch_everything(m);
  std::istringstream lines(m.render());
  int helps = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("# HELP maestro_")) {
      ++helps;
      EXPECT_TRUE(std::regex_search(line, std::regex("\\((counter|gauge|latency|bytes)\\)$"))) << line;
    }
  EXPECT_GT(helps, 25);
}

TEST(Metrics, HistogramsHaveTheBucketsOfTheOriginalInMilliseconds) {
  metrics m;
  m.operation_executed("g", arena, "add_rooms", true, 42ms);
  auto text = m.render();
  for (auto* bucket : {"5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "+Inf"})
    EXPECT_THAT(text, HasSubstr(std::string("le=\"") + bucket + "\"}"));
  EXPECT_THAT(text, HasSubstr("operation=\"add_rooms\",scheduler=\"arena\",success=\"true\",le=\"25\"} 0"));
  EXPECT_THAT(text, HasSubstr("operation=\"add_rooms\",scheduler=\"arena\",success=\"true\",le=\"50\"} 1"));
}

TEST(Metrics, GaugesShowTheCountsOfTheirStatus) {
  metrics m;
  touch_everything(m);
  auto text = m.render();
  for (auto* line : {"maestro_worker_gru_pending{game=\"game\",scheduler=\"arena\"} 100\n",
                     "maestro_worker_gru_ready{game=\"game\",scheduler=\"arena\"} 102\n",
                     "maestro_worker_gru_error{game=\"game\",scheduler=\"arena\"} 105\n",
                     "maestro_worker_gru_active{game=\"game\",scheduler=\"arena\"} 107\n",
                     "maestro_worker_gru_allocated{game=\"game\",scheduler=\"arena\"} 108\n",
                     "maestro_worker_instance_unknown{game=\"game\",scheduler=\"arena\"} 200\n",
                     "maestro_worker_instance_error{game=\"game\",scheduler=\"arena\"} 204\n",
                     "maestro_worker_running_matches{game=\"game\",scheduler=\"arena\"} 9\n",
                     "maestro_worker_allocated_slots{game=\"game\",scheduler=\"arena\"} 4\n",
                     "maestro_worker_ready_target{game=\"game\",scheduler=\"arena\"} 0.5\n",
                     "maestro_worker_fixed_buffer{game=\"game\",scheduler=\"arena\"} 5\n",
                     "maestro_worker_desired_rooms{game=\"game\",scheduler=\"arena\"} 10\n",
                     "maestro_worker_current_rooms{game=\"game\",scheduler=\"arena\"} 7\n"})
    EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, EverySeriesOfADeletedSchedulerVanishesAndNoOther) {
  metrics m;
  touch_everything(m, scheduler_name{"arena"});
  touch_everything(m, scheduler_name{"arena-2"});
  EXPECT_EQ(m.schedulers(), (std::vector{scheduler_name{"arena"}, scheduler_name{"arena-2"}}));
  m.forget_scheduler(arena);
  auto text = m.render();
  EXPECT_THAT(text, Not(HasSubstr("scheduler=\"arena\"")));
  EXPECT_THAT(text, HasSubstr("maestro_worker_gru_ready{game=\"game\",scheduler=\"arena-2\"} 102"));
  EXPECT_EQ(m.schedulers(), std::vector{scheduler_name{"arena-2"}});
  m.add_rooms_failed(arena); // a late count begins a new series and does not touch freed memory
  EXPECT_THAT(m.render(), HasSubstr("failed_total{operation=\"add_rooms\",scheduler=\"arena\"} 1"));
}

TEST(Metrics, JunkOfClientsMakesNoSeriesOfItsOwn) {
  metrics m;
  for (auto* method : {"BREW", "get", "", "PROPFIND"}) {
    m.http_started("rooms-api", "");
    m.http_finished({"rooms-api", "", method, 501, 1ms, 10});
  }
  auto text = m.render();
  EXPECT_THAT(text, HasSubstr("http_request_duration_seconds_count{code=\"501\",handler=\"\",method=\"other\","
                              "service=\"rooms-api\"} 4"));
  EXPECT_THAT(text, HasSubstr("http_requests_inflight{handler=\"\",service=\"rooms-api\"} 0"));
  EXPECT_THAT(text, Not(HasSubstr("BREW")));
}

TEST(Metrics, CountsFromManyThreadsAreAllCounted) {
  metrics m;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&m, t] {
      for (int i = 0; i < 5000; ++i) {
        m.ping_update_failed(arena);
        m.instance_event_processed(scheduler_name{"s" + std::to_string(i % 7)}, instance_event_type::added, true);
        if (i % 100 == 0)
          m.forget_scheduler(scheduler_name{"s" + std::to_string(t)});
      }
    });
  for (auto& thread : threads)
    thread.join();
  EXPECT_THAT(m.render(), HasSubstr("update_room_failures_total{scheduler=\"arena\"} 20000"));
}

} // namespace
} // namespace maestro

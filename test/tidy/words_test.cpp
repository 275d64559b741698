// What the tree says is true: documents, sections and paths that it names are there, nothing is declared for nobody,
// functions fit a screen. The checks themselves are tried on planted mistakes by checks_test.
#include "test/tidy/source_tree.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace maestro::tidy {
namespace {

using ::testing::IsEmpty;

constexpr std::size_t longest_function = 80;
constexpr std::size_t longest_table = 200; ///< of cases, in tests

/// What is declared and not used yet or any more, and why it stays. Short, or it is no list of exceptions.
const std::map<std::string, std::string> stays{
    {"messages/error.hpp: ec::unauthenticated", "what an access policy answers to whom it does not know"},
    {"messages/operation_types.hpp: operation_status::evicted", "a word of the wire (proto/README.md 3.1)"},
    {"messages/scheduler_types.hpp: scheduler_phase::terminating", "a word of the wire (proto/README.md 2.1)"},
    {"messages/scheduler_types.hpp: scheduler_phase::on_error", "the same"},
    {"messages/wire.hpp: type::fixed32", "read from records that others wrote"},
    {"nodes/simulation/simulated_store.hpp: make_image", "tests set the store back"},
    {"runtime/process/process_host.hpp: limits_statement", "tests ask what this machine can enforce"},
    {"runtime/process/shim/shim.h: POLICY_NEVER", "the zero of its kind"},
    {"runtime/process/shim/shim.h: ENDING_NONE", "the zero of its kind"},
    {"runtime/process/shim_protocol.hpp: shim_phase::*", "read from the shim's file `state`"},
    {"runtime/process/shim_protocol.hpp: shim_ending::*", "the same"},
    {"runtime/process/shim_protocol.hpp: shim_stage::*", "the same"}};

TEST(TidyWords, NothingIsDeclaredForNobody) {
  EXPECT_THAT(dead_declarations(shipped_code(), stays), IsEmpty());
}

TEST(TidyWords, SectionsAndDocumentsThatAreReferredToExist) {
  EXPECT_THAT(unknown_sections(speaking_files(), whole_tree()), IsEmpty());
}

TEST(TidyWords, PathsInCommentsAndDocumentsExist) {
  EXPECT_THAT(unknown_paths(speaking_files(), whole_tree()), IsEmpty());
}

TEST(TidyWords, LinksOfDocumentsLeadSomewhere) {
  EXPECT_THAT(dead_links(speaking_files(), whole_tree()), IsEmpty());
}

/// Who may wait without a deadline, and for whom (actors/README.md). Everybody else says how long, and what then.
const std::map<std::string, std::string> waits{
    {"actors/cluster/cluster_claims.cpp", "the local directory; its peers, who have deadlines"},
    {"actors/cluster/cluster_directory.cpp", "the local directory"},
    {"actors/cluster/cluster_host.cpp", "this machine's runtime; its peers, who have deadlines; who asks has one"},
    {"actors/cluster/cluster_lists.cpp", "the local directory; its peers, who have deadlines"},
    {"actors/cluster/cluster_takeover.cpp", "the local directory"},
    {"actors/cluster/peer.cpp", "the connector, whose every step is bounded"},
    {"actors/cluster/peer_door.cpp", "the directories and rooms of its own node; who asks has a deadline"},
    {"actors/cluster/shared_journal_begin.cpp", "the store, whose every call is bounded"},
    {"actors/cluster/shared_journal_catch_up.cpp", "this node's journal; its peers, who have deadlines"},
    {"actors/cluster/shared_journal_commit.cpp",
     "the store, whose every call is bounded; what it did must be known"},
    {"actors/cluster/shared_journal_copy.cpp", "this node's journal; the store, whose every call is bounded"},
    {"actors/cluster/shared_journal_state.hpp", "the same"},
    {"actors/cluster/shared_journal_trim.cpp", "the same"},
    {"actors/event_log.hpp", "the journal's answer to an append decides what is true"},
    {"actors/forwarding.cpp", "its stream, for which a node that recovers waits its turn"},
    {"actors/metrics_reporter.cpp", "the directory and the runtime's event actor, of the same node"},
    {"actors/room_pool/pool_listeners.cpp", "its own FORWARDING"},
    {"actors/room_pool/room_pool.cpp",
     "its stream, for which a node that recovers waits its turn; its own pauses"},
    {"actors/scheduler/execution_worker.cpp", "its scheduler and its pool"},
    {"actors/scheduler/health_controller.cpp", "its scheduler and its pool"},
    {"actors/scheduler/runtime_watcher.cpp", "its pool, and the runtime's event actor of the same node"},
    {"actors/scheduler/scheduler.cpp", "its stream, for which a node that recovers waits its turn"},
    {"actors/scheduler/scheduler_effects.cpp", "its own worker and its pool"},
    {"actors/scheduler_directory.cpp",
     "its schedulers and pools; the list of streams, without which there is no node"},
    {"nodes/journal/event_feed.cpp", "a subscriber that answers when it wants the next page, or ends"},
    {"nodes/simulation/simulated_node.hpp", "a test engine under virtual time"}};

TEST(TidyWords, OnlySomeWaitWithoutADeadline) {
  EXPECT_THAT(said_elsewhere(shipped_code(), "caf::infinite", waits), IsEmpty());
}

TEST(TidyWords, EveryTopFolderHasAReadme) {
  complaints wrong;
  for (auto* folder : {"proto", "messages", "actors", "runtime", "nodes", "test", "deploy"})
    if (read_file(std::string(folder) + "/README.md").empty())
      wrong.push_back(folder);
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(TidyWords, FunctionsFitAScreen) {
  file_texts shipped = shipped_code(), tests;
  for (auto& file : sources())
    if (!shipped.contains(file.path))
      tests[file.path] = file.text;
  EXPECT_THAT(long_functions(shipped, longest_function), IsEmpty());
  EXPECT_THAT(long_functions(tests, longest_table), IsEmpty());
}

} // namespace
} // namespace maestro::tidy

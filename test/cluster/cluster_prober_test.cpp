// Servers that do not ping, on other machines than their owner's: who asks them, and who hears of it.
#include "test/cluster/directory_fixture.hpp"

namespace maestro {

namespace {

/// What a game room was told.
struct told_game {
  std::vector<std::string> words;
};

class ClusterFigures : public ClusterDirectory {
protected:
  /// As another node would.
  void put(const std::string& key, const std::string& value) {
    agreement->change({{}, {{store_write_kind::put, key, value}}}, 0);
  }
};

class ClusterProber : public ClusterFigures {
protected:
  asked_room_actor game(std::shared_ptr<told_game> hears) {
    return keep(sys.spawn([hears](asked_room_actor::pointer) -> asked_room_actor::behavior_type {
      return {[hears](const ping_room& ping) {
                hears->words.push_back(to_string(ping.status));
                return ping_result{true, false};
              },
              [hears](const report_silence& silence) { hears->words.push_back(silence.reason); }};
    }));
  }
  void begin(const std::string& owner, const std::string& machine, const asked_room_actor& game) {
    begin_probing wish;
    wish.id = room;
    wish.scheduler = scheduler_name("arena");
    wish.how.probe = "udp";
    wish.ports = {{"game", "udp", 7777}};
    wish.game = game;
    wish.placed_on = machine + "-id";
    caf::anon_send(nodes[owner].prober, wish);
    run();
  }
  bool is_asked(const std::string& machine) { return nodes[machine].asked->now.contains(room); }
  /// The machine's prober has had an answer.
  void answer(const std::string& machine) {
    ping_room ping;
    ping.status = ping_status::occupied;
    caf::anon_send(nodes[machine].asked->now.at(room).game, ping);
    run();
  }
  void be_silent(const std::string& machine) {
    report_silence silence;
    silence.reason = "no answer";
    caf::anon_send(nodes[machine].asked->now.at(room).game, silence);
    run();
  }
  /// A scheduler that `owner` owns.
  void own(const std::string& owner) {
    EXPECT_TRUE(create("n1", "arena"));
    put(owner_key(scheduler_name("arena")), owner_value(node_name(owner)));
    advance(1s, 50ms);
  }

  const room_id room{"arena-1"};
  std::shared_ptr<told_game> told = std::make_shared<told_game>();
};

using ::testing::ElementsAre;

TEST_F(ClusterProber, ARoomElsewhereIsAskedThereAndHeardOfHere) {
  start_three();
  own("n1");
  begin("n1", "n2", game(told));
  EXPECT_TRUE(is_asked("n2"));
  EXPECT_FALSE(is_asked("n1"));
  EXPECT_EQ(nodes["n2"].asked->now.at(room).ports.at(0).port, 7777);
  answer("n2");
  be_silent("n2");
  EXPECT_THAT(told->words, ElementsAre("occupied", "no answer"));
  caf::anon_send(nodes["n1"].prober, end_probing{room, scheduler_name("arena")});
  run();
  EXPECT_FALSE(is_asked("n2"));
}

TEST_F(ClusterProber, ARoomOfThisMachineIsAskedHere) {
  start_three();
  own("n1");
  begin("n1", "n1", game(told));
  EXPECT_TRUE(is_asked("n1"));
  answer("n1");
  EXPECT_THAT(told->words, ElementsAre("occupied"));
}

TEST_F(ClusterProber, WhoeverOwnsItByNowHearsOfIt) {
  start_three();
  own("n1");
  auto first = game(told);
  begin("n1", "n3", first);
  put(owner_key(scheduler_name("arena")), owner_value(node_name("n2")));
  advance(1s, 50ms);
  kill(first); // its pool has ended with the hand-over
  run();
  EXPECT_TRUE(is_asked("n3")) << "the server is asked on, whoever owns it";
  auto next = std::make_shared<told_game>();
  begin("n2", "n3", game(next));
  EXPECT_EQ(nodes["n3"].asked->begun, 1) << "it goes on as it was";
  answer("n3");
  EXPECT_THAT(next->words, ElementsAre("occupied"));
  EXPECT_TRUE(told->words.empty());
}

TEST_F(ClusterProber, ThatItsOwnerComesToItsMachineIsTakenOver) {
  start_three();
  own("n1");
  begin("n1", "n2", game(told));
  put(owner_key(scheduler_name("arena")), owner_value(node_name("n2")));
  advance(1s, 50ms);
  auto next = std::make_shared<told_game>();
  begin("n2", "n2", game(next));
  answer("n2");
  EXPECT_THAT(next->words, ElementsAre("occupied"));
}

TEST_F(ClusterProber, AMachineThatComesBackIsToldAgain) {
  start_three();
  own("n1");
  begin("n1", "n2", game(told));
  end("n2", true);
  advance(1s, 50ms);
  start("n2");
  advance(3s, 50ms);
  EXPECT_TRUE(is_asked("n2"));
}

TEST_F(ClusterProber, ARoomThatIsGoneIsAskedNoMore) {
  start_three();
  own("n1");
  begin("n1", "n2", game(told));
  instance_event gone{instance_event_type::deleted, {}};
  gone.what.id = room;
  gone.what.scheduler = scheduler_name("arena");
  caf::anon_send(nodes["n2"].host_events, gone);
  run();
  EXPECT_FALSE(is_asked("n2"));
}

TEST_F(ClusterProber, AnotherRecipeIsAskedByAtOnce) {
  start_three();
  own("n1");
  auto room_actor = game(told);
  begin("n1", "n2", room_actor);
  begin("n1", "n2", room_actor);
  EXPECT_EQ(nodes["n2"].asked->begun, 1);
  begin_probing wish = nodes["n2"].asked->now.at(room);
  wish.how.probe = "tcp";
  wish.game = room_actor;
  wish.placed_on = "n2-id";
  caf::anon_send(nodes["n1"].prober, wish);
  run();
  EXPECT_EQ(nodes["n2"].asked->begun, 2);
  EXPECT_EQ(nodes["n2"].asked->now.at(room).how.probe, "tcp");
}

TEST_F(ClusterFigures, TheOthersLearnWhatItsRoomsRequest) {
  start_three();
  int pool = 0;
  nodes["n1"].hosts->request(&pool, {{"n2-id", {500, 1 << 20}}});
  advance(3s, 50ms);
  auto stored = read_news({0, true, agreement->read(requests_key(node_name("n1"))).entries, {}});
  ASSERT_EQ(stored.facts.size(), 1u);
  EXPECT_EQ(std::get<requests_seen>(stored.facts[0]).requested,
            (resources_by_node{{"n2-id", machine_resources{500, 1 << 20}}}));
  nodes["n1"].hosts->request(&pool, {});
  advance(3s, 50ms);
  EXPECT_TRUE(agreement->read(requests_key(node_name("n1"))).entries.empty());
}

TEST_F(ClusterFigures, OperatorsSeeStoreSuspicionsAndSchedulersWithoutOwner) {
  start_three();
  put(owner_key(scheduler_name("left")), owner_value(node_name("n9")));
  put(suspects_key(node_name("n2")), suspects_value({node_name("n3")}));
  advance(1s, 50ms);
  auto seen = at<node_list>("n1", list_nodes{});
  ASSERT_TRUE(seen);
  EXPECT_TRUE(seen->store.is_there);
  EXPECT_EQ(seen->without_owner, 1u);
  EXPECT_THAT(seen->nodes.at(2).suspected_by, ElementsAre(node_name("n2")));
}

} // namespace

} // namespace maestro

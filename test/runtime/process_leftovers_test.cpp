// What a room leaves, what an operator may do inside it, and whether somebody listens where it was told to.
#include "runtime/process/artifact_gathering.hpp"
#include "runtime/process/port_watch.hpp"
#include "runtime/process/room_entry.hpp"
#include "runtime/process/tar_format.hpp"
#include "test/runtime/process_host_fixture.hpp"

#include <cstdio>
#include <fstream>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace maestro::process {
namespace {

// -- patterns and archives ------------------------------------------------------------------------------------

TEST(ArtifactPatterns, StarsStopAtSlashesAndDoubleOnesDoNot) {
  struct row {
    const char* pattern;
    const char* path;
    bool matches;
  };
  for (auto& [pattern, path, matches] : std::vector<row>{{"a.dem", "a.dem", true},
                                                         {"a.dem", "b/a.dem", false},
                                                         {"*.dem", "a.dem", true},
                                                         {"*.dem", ".dem", true},
                                                         {"*.dem", "b/a.dem", false},
                                                         {"*/*.dem", "b/a.dem", true},
                                                         {"**.dem", "b/c/a.dem", true},
                                                         {"b/**", "b/c/a.dem", true},
                                                         {"b/**", "bb/c", false},
                                                         {"**/c/*.dem", "a/b/c/x.dem", true},
                                                         {"**/c/*.dem", "a/c/b/x.dem", false},
                                                         {"**/c/*.dem", "a/c/b/c/x.dem", true},
                                                         {"core.?", "core.7", true},
                                                         {"core.?", "core./", false},
                                                         {"a*b*c", "axxbxxbxc", true},
                                                         {"a*b*c", "axxbxx", false},
                                                         {"*", "", true},
                                                         {"", "a", false}})
    EXPECT_EQ(matches_path(pattern, path), matches) << pattern << " and " << path;
}

TEST(ArtifactPatterns, CostNoMoreThanTheyShould) {
  std::string path(20'000, 'a');
  EXPECT_FALSE(matches_path("*a*a*a*a*a*a*a*b", path));
}

std::string read_all(const std::string& command) {
  std::string text;
  auto* out = ::popen(command.c_str(), "r");
  char piece[4096];
  while (auto size = std::fread(piece, 1, sizeof piece, out))
    text.append(piece, size);
  return ::pclose(out) == 0 ? text : "failed: " + text;
}

TEST(TarFormat, IsWhatTarReads) {
  auto folder = std::filesystem::temp_directory_path() / ("maestro-tar-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  auto archive = folder / "a.tar";
  auto long_name = "room/work/" + std::string(90, 'x') + "/" + std::string(200, 'y') + ".dem";
  std::string bytes(700, 'b');
  std::ofstream(archive) << tar_header("room/end", 4, 1'700'000'000) << "here" << tar_padding(4)
                         << tar_header(long_name, bytes.size(), 1) << bytes << tar_padding(bytes.size())
                         << tar_header("room/empty", 0, 1) << tar_padding(0) << tar_end();
  EXPECT_EQ(read_all("tar -tf " + archive.string()), "room/end\n" + long_name + "\nroom/empty\n");
  EXPECT_EQ(read_all("tar -xOf " + archive.string() + " room/end"), "here");
  EXPECT_EQ(read_all("tar -xOf " + archive.string() + " " + long_name), bytes);
  std::filesystem::remove_all(folder);
}

// -- gathering ------------------------------------------------------------------------------------------------

/// An ended room whose files say their names; folders stand where the first numbers would go.
class ArtifactGathering : public ::testing::Test {
protected:
  ArtifactGathering() {
    for (auto* number : {"0", "1", "2"})
      std::filesystem::create_directories(room / "artifacts" / number);
    std::filesystem::create_directories(room / "work");
    std::ofstream(room / "artifact_patterns") << "*.txt\n";
    for (auto* name : {"a.txt", "b.txt", "c.txt"})
      std::ofstream(room / "work" / name) << name;
  }
  ~ArtifactGathering() override { std::filesystem::remove_all(room); }
  void clear_the_way() {
    for (auto* number : {"0", "1", "2"})
      if (std::filesystem::is_directory(room / "artifacts" / number))
        std::filesystem::remove(room / "artifacts" / number);
  }
  void gather(const std::function<bool()>& stop) {
    EXPECT_TRUE(gather_artifacts(room.string(), {10, 1000}, stop));
  }
  /// What an archive would hold, in order.
  std::vector<std::pair<std::string, std::string>> archived() {
    std::vector<std::pair<std::string, std::string>> all;
    for (auto& file : read_index(room.string()).files)
      if (std::ifstream content{room / "artifacts" / file.number})
        all.emplace_back(file.path, std::string(std::istreambuf_iterator<char>{content}, {}));
    return all;
  }
  void expect_own_contents(std::size_t files) {
    auto all = archived();
    EXPECT_EQ(all.size(), files) << ::testing::PrintToString(all);
    for (auto& [path, text] : all)
      EXPECT_EQ(path, text);
  }

  const std::filesystem::path room =
      std::filesystem::temp_directory_path() / ("maestro-gathering-" + std::to_string(::getpid()));
};

TEST_F(ArtifactGathering, AFileThatCannotBeMovedHasNoOthersContent) {
  gather([&] {
    if (std::filesystem::exists(room / "artifacts" / "index")) // the first one has been tried
      clear_the_way();
    return false;
  });
  expect_own_contents(2);
}

TEST_F(ArtifactGathering, NumbersOfAnEarlierRunAreNotGivenAgain) {
  gather([] { return false; });
  clear_the_way();
  expect_own_contents(0);
  gather([] { return false; });
  expect_own_contents(3);
}

// -- rooms ----------------------------------------------------------------------------------------------------

class LeftoversTest : public ProcessHostTest {
protected:
  create_instance leaving_room(const std::string& id, const std::string& script,
                               std::vector<std::string> artifacts) {
    auto wish = make_room(id, {make_container({"sh", "-c", script + "; echo left; exec sleep 60"})});
    wish.artifacts = std::move(artifacts);
    return wish;
  }
  /// Starts it, waits until it has left what it leaves, and ends it.
  void live_and_end(const create_instance& wish) {
    ASSERT_TRUE(create(wish));
    auto id = wish.id.str();
    ASSERT_NE(output_with(id, "left").find("left"), std::string::npos);
    ASSERT_TRUE(remove(id, 1ms));
    ASSERT_TRUE(is_deleted(id));
  }
  result<std::string> archive(const std::string& id) {
    std::string whole, after;
    for (;;) {
      auto piece =
          life->ask<artifact_piece>(life->host, read_artifacts{scheduler_name{"arena"}, room_id{id}, after});
      if (!piece)
        return piece.error();
      whole += piece->bytes;
      after = piece->next;
      if (after.empty())
        return whole;
    }
  }
  /// Names and contents, by tar itself.
  std::map<std::string, std::string> left_by(const std::string& id) {
    result<std::string> tar = failure{ec::unavailable, ""};
    eventually([&] {
      tar = archive(id);
      return tar || tar.error().code != ec::unavailable;
    });
    std::map<std::string, std::string> all;
    if (!tar) {
      all["failed"] = tar.error().text;
      return all;
    }
    auto file = (data / "room.tar").string();
    std::ofstream(file, std::ios::binary) << *tar;
    std::istringstream names{read_all("tar -tf " + file)};
    for (std::string name; std::getline(names, name);)
      all[name] = read_all("tar -xOf " + file + " '" + name + "'");
    return all;
  }
};

TEST_F(LeftoversTest, AnEndedRoomLeavesOutputEndAndWhatItsRecipeNames) {
  start();
  live_and_end(leaving_room(
      "arena-a", "mkdir -p replays/old; echo one > replays/a.dem; echo two > replays/old/b.dem; echo no > x",
      {"replays/**"}));
  auto left = left_by("arena-a");
  EXPECT_EQ(left["arena-a/work/replays/a.dem"], "one\n");
  EXPECT_EQ(left["arena-a/work/replays/old/b.dem"], "two\n");
  EXPECT_EQ(left["arena-a/logs/game.log"], "left\n");
  EXPECT_NE(left["arena-a/end"].find("cause test"), std::string::npos);
  EXPECT_EQ(left.size(), 4u) << "and nothing else";
}

TEST_F(LeftoversTest, OnlyOfEndedRoomsAndOnlyWhileKept) {
  config.ended_rooms_kept = 1;
  start();
  ASSERT_TRUE(create(leaving_room("arena-a", ":", {"*"})));
  ASSERT_TRUE(becomes_ready("arena-a"));
  auto living = archive("arena-a");
  ASSERT_FALSE(living);
  EXPECT_EQ(living.error().code, ec::failed_precondition);
  for (auto* nowhere : {"arena-b", "../arena", ""}) {
    auto missing = archive(nowhere);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ec::not_found) << nowhere;
  }
  auto wrong =
      life->ask<artifact_piece>(life->host, read_artifacts{scheduler_name{"arena"}, room_id{"arena-a"}, "1 2"});
  EXPECT_FALSE(wrong);
}

TEST_F(LeftoversTest, AHostileRoomLeavesNothingThatIsNotItsOwn) {
  config.artifact_files = 3;
  config.artifact_bytes = 1 << 20;
  start();
  auto secret = (data / "secret").string();
  std::ofstream(secret) << "secret";
  live_and_end(leaving_room(
      "arena-a",
      "ln -s " + secret +
          " link; mkfifo pipe; ln -s / root; mkdir d; echo mine > d/good; "
          "truncate -s 2G sparse; ln d/good d/second; echo x > \"$(printf 'a\\nb\\033[2J')\"; ln -sf ../.. d/up",
      {"**"}));
  auto left = left_by("arena-a");
  for (auto& [name, text] : left) {
    EXPECT_EQ(text.find("secret"), std::string::npos) << name;
    EXPECT_EQ(name.find('\033'), std::string::npos);
    EXPECT_EQ(name.find(".."), std::string::npos) << name;
  }
  EXPECT_TRUE(left.contains("arena-a/work/a?b?[2J")) << ::testing::PrintToString(left);
  EXPECT_FALSE(left.contains("arena-a/work/link"));
  EXPECT_FALSE(left.contains("arena-a/work/pipe"));
  EXPECT_FALSE(left.contains("arena-a/work/sparse")) << "a file counts with the size that it claims";
  EXPECT_FALSE(left.contains("arena-a/work/d/good")) << "a file with a second name may be anybody's";
  EXPECT_NE(left["arena-a/left-out.txt"].find("1 more files"), std::string::npos)
      << ::testing::PrintToString(left);
}

TEST_F(LeftoversTest, TheirNumberAndBytesAreBounded) {
  config.artifact_files = 5;
  start();
  live_and_end(leaving_room("arena-a", "for i in 1 2 3 4 5 6 7 8; do echo $i > f$i; done", {"f*"}));
  auto left = left_by("arena-a");
  EXPECT_EQ(left.size(), 2u + 5 + 1);
  EXPECT_NE(left["arena-a/left-out.txt"].find("3 more files"), std::string::npos);
}

TEST_F(LeftoversTest, LargeFilesComeInPiecesAndWhole) {
  start();
  live_and_end(leaving_room("arena-a", "head -c 1000000 /dev/urandom > big; sha256sum < big", {"big"}));
  auto left = left_by("arena-a");
  EXPECT_EQ(left["arena-a/work/big"].size(), 1'000'000u);
  auto sum = read_all("tar -xOf " + (data / "room.tar").string() + " arena-a/work/big | sha256sum");
  EXPECT_NE(left["arena-a/logs/game.log"].find(sum.substr(0, 64)), std::string::npos);
}

TEST_F(LeftoversTest, AnotherNodeGathersWhatTheFormerDidNot) {
  start();
  live_and_end(leaving_room("arena-a", "echo one > a.dem", {"*.dem"}));
  EXPECT_EQ(left_by("arena-a")["arena-a/work/a.dem"], "one\n");
  auto room = data / "ended" / "arena" / "arena-a";
  std::filesystem::create_directories(room / "work"); // as if the node had died in between
  std::ofstream(room / "work" / "b.dem") << "two";
  stop();
  start();
  auto left = left_by("arena-a");
  EXPECT_EQ(left["arena-a/work/a.dem"], "one\n");
  EXPECT_EQ(left["arena-a/work/b.dem"], "two");
}

// -- operators inside -----------------------------------------------------------------------------------------

class EntryTest : public LeftoversTest {
protected:
  room_to_enter entry(const std::string& id) { return {data.string(), scheduler_name{"arena"}, room_id{id}, {}}; }
  std::string run_inside(const std::string& id, std::vector<std::string> words) {
    auto child = enter_room(entry(id));
    if (!child)
      return child.error().text;
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    child->words = std::move(words);
    child->output = ends[1];
    auto pid = start_in_room(*child);
    ::close(ends[1]);
    std::string text;
    char piece[512];
    for (ssize_t size; (size = ::read(ends[0], piece, sizeof piece)) > 0;)
      text.append(piece, static_cast<std::size_t>(size));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return text;
  }
};

TEST_F(EntryTest, ACommandIsOneOfTheRooms) {
  start();
  ASSERT_TRUE(run_shell("arena-a",
                        "id -u > uid; cut -d: -f3 /proc/self/cgroup | sort -u > groups; echo up; exec sleep 60"));
  output_with("arena-a", "up");
  auto work = (room_dir("arena-a") / "work").string();
  EXPECT_EQ(run_inside("arena-a", {"pwd"}), work + "\n");
  EXPECT_EQ(run_inside("arena-a", {"sh", "-c", "id -u | cmp - uid && echo same"}), "same\n");
  EXPECT_EQ(
      run_inside("arena-a", {"sh", "-c", "cut -d: -f3 /proc/self/cgroup | sort -u | cmp - groups && echo same"}),
      "same\n");
  EXPECT_EQ(run_inside("arena-a", {"sh", "-c", "echo $MAESTRO_ROOM_ID"}), "arena-a\n");
  EXPECT_EQ(run_inside("arena-a", {"sh", "-c", "grep NoNewPrivs /proc/self/status"}), "NoNewPrivs:\t1\n");
  EXPECT_NE(run_inside("arena-b", {"pwd"}).find("it is not below"), std::string::npos);
  EXPECT_EQ(run_inside("../x", {"pwd"}), "room ../x of scheduler arena: no room has such a name");
}

TEST_F(EntryTest, TheStandardInputOfAServerIsOpenWhereItsRecipeSaysSo) {
  start();
  auto wish = make_room(
      "arena-a",
      {make_container({"sh", "-c", "echo up; while read line; do echo \"heard $line\"; done; echo end"})});
  wish.containers[0].takes_input = true;
  ASSERT_TRUE(create(wish));
  output_with("arena-a", "up");
  for (auto* line : {"one\n", "two\n"}) { // one after the other: it does not end with who writes
    auto input = open_input(entry("arena-a"));
    ASSERT_TRUE(input) << input.error().text;
    EXPECT_EQ(::write(input->get(), line, 4), 4);
  }
  auto text = output_with("arena-a", "heard two");
  EXPECT_NE(text.find("heard one\nheard two\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("end"), std::string::npos);

  ASSERT_TRUE(run_shell("arena-b", "cat; echo ended; exec sleep 60"));
  EXPECT_NE(output_with("arena-b", "ended").find("ended"), std::string::npos)
      << "without it, its end comes at once";
  auto none = open_input(entry("arena-b"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ec::failed_precondition);
  EXPECT_NE(none.error().text.find("no standard input (stdin: true)"), std::string::npos);
}

// -- ports ----------------------------------------------------------------------------------------------------

const std::vector<host_port> both{{"game", "tcp", 4001}, {"game", "udp", 4001}, {"query", "udp", 4002}};

TEST(PortWatch, NamesWhatIsMissedAndStopsWhenAllAreThere) {
  listening_ports there;
  int looks = 0;
  port_watch watch{60s, [&]() -> result<listening_ports> { return ++looks, there; }};
  room_id room{"arena-a"};
  watch.begin(room, both, 0s);
  EXPECT_TRUE(watch.take(59s).empty());
  EXPECT_EQ(looks, 0) << "it has its time";
  there.tcp = {4001};
  auto found = watch.take(60s);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].notice, "nobody listens on udp port 4001 (game), udp port 4002 (query)");
  EXPECT_TRUE(watch.take(61s).empty()) << "not at every turn";
  EXPECT_EQ(looks, 1);
  EXPECT_TRUE(watch.take(70s).empty()) << "what is said is said";
  there.udp = {4001, 4002};
  found = watch.take(80s);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].notice, "");
  there = {};
  EXPECT_TRUE(watch.take(500s).empty()) << "who was there once is not watched any more";
  EXPECT_EQ(looks, 3);
}

TEST(PortWatch, SaysNothingWhereItCannotLook) {
  port_watch watch{1s, [] { return result<listening_ports>{failure{ec::unavailable, "no /proc"}}; }};
  watch.begin(room_id{"arena-a"}, both, 0s);
  EXPECT_TRUE(watch.take(100s).empty());
}

TEST(PortWatch, SeesTheSocketsOfThisMachine) {
  auto listener = [](int kind) {
    int fd = ::socket(AF_INET, kind, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ::bind(fd, reinterpret_cast<sockaddr*>(&at), size);
    if (kind == SOCK_STREAM)
      ::listen(fd, 1);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
    return std::pair{fd, static_cast<std::int32_t>(ntohs(at.sin_port))};
  };
  auto [stream, stream_port] = listener(SOCK_STREAM);
  auto [datagram, datagram_port] = listener(SOCK_DGRAM);
  auto there = look_at_listeners();
  ASSERT_TRUE(there) << there.error().text;
  EXPECT_TRUE(there->tcp.contains(stream_port));
  EXPECT_TRUE(there->udp.contains(datagram_port));
  ::close(stream);
  ::close(datagram);
  there = look_at_listeners();
  ASSERT_TRUE(there);
  EXPECT_FALSE(there->tcp.contains(stream_port));
}

TEST_F(LeftoversTest, ARoomWhosePortNobodyTakesSaysSoAndGoesOn) {
  config.port_check_delay = 1ms;
  start();
  auto wish = make_room("arena-a", {make_container({"sleep", "60"})});
  wish.ports = {{"game", "udp", 4012}};
  ASSERT_TRUE(create(wish));
  EXPECT_TRUE(reaches("arena-a", [](auto& event) {
    return event.what.status == instance_status::ready &&
           event.what.description == "nobody listens on udp port 4012 (game)";
  }));
  EXPECT_TRUE(logged("a room is not where it is expected"));
}

} // namespace
} // namespace maestro::process

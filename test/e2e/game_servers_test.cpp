// Six game servers of Debian, as they are packaged and as deploy/examples says, through all that a room goes through: ready,
// allocated, occupied by a player, hung and found out, outliving the node, drained and replaced. A server
// that is neither installed nor unpacked (MAESTRO_GAME_SERVERS, test/support/unpack_game_servers.sh) is left out, and says so.
#include "test/e2e/bzflag_player.hpp"
#include "test/e2e/cube2_player.hpp"
#include "test/e2e/freeciv_player.hpp"
#include "test/e2e/live_node.hpp"
#include "test/e2e/minetest_player.hpp"
#include "test/e2e/server_socket.hpp"
#include "test/e2e/teeworlds_player.hpp"
#include "test/support/open_program.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <system_error>

#include <sys/socket.h>
#include <unistd.h>

using namespace maestro::test;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

/// As a client would: what a server says to that, empty when nothing.
std::string ask(int kind, std::uint16_t port, const std::string& question) try {
  int fd = connected_to(kind, port);
  timeval patience{3, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string answer(2048, '\0');
  bool is_sent = ::send(fd, question.data(), question.size(), 0) == static_cast<ssize_t>(question.size());
  auto size = is_sent ? ::recv(fd, answer.data(), answer.size(), 0) : -1;
  ::close(fd);
  return answer.substr(0, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
} catch (const std::system_error&) {
  return {};
}

/// OpenArena plays with bots, whom its console brings and takes away.
class openarena_bot {
public:
  explicit openarena_bot(std::uint16_t port) : port_(port) { say("addbot sarge 1"); }
  ~openarena_bot() { say("kick allbots"); }
  openarena_bot(const openarena_bot&) = delete;
  openarena_bot& operator=(const openarena_bot&) = delete;

private:
  void say(const std::string& what) const { ask(SOCK_DGRAM, port_, "\xff\xff\xff\xffrcon pw " + what); }
  std::uint16_t port_;
};

/// Stays in the game as long as it lives.
using player_ptr = std::shared_ptr<void>;
template <class Player>
player_ptr join(std::uint16_t port) {
  return std::make_shared<Player>(port);
}

struct game_server {
  const char* name;    ///< of recipe and scheduler
  const char* program; ///< that must be there
  const char* package;
  int kind;             ///< of the socket of a client
  std::size_t port;     ///< which of its ports a client asks
  std::string question; ///< what a client says first
  std::string answer;   ///< how the server's word begins
  seconds silence;      ///< within which a server that hangs is found out
  player_ptr (*join)(std::uint16_t port);
};

void PrintTo(const game_server& server, std::ostream* out) {
  *out << server.name;
}

const game_server servers[] = {
    {"openarena", "/usr/lib/openarena-server/baseoa/pak6-patch088.pk3", "openarena-server", SOCK_DGRAM, 0,
     "\xff\xff\xff\xffgetinfo xyz", "\xff\xff\xff\xffinfoResponse", seconds{12}, join<openarena_bot>},
    {"teeworlds", "/usr/games/teeworlds-server", "teeworlds-server", SOCK_DGRAM, 0,
     "\x04\0\0\xff\xff\xff\xff\x05\xaa\xbb\xcc\xdd"s + std::string(508, '\0'), "\x04\0\0\xaa\xbb\xcc\xdd\x05"s,
     seconds{12}, join<teeworlds_player>},
    {"bzflag", "/usr/games/bzfs", "bzflag-server", SOCK_STREAM, 0, "BZFLAG\r\n\r\n", "BZFS0221", seconds{12},
     join<bzflag_player>},
    {"cube2", "/usr/lib/cube2/cube2_server", "cube2-server", SOCK_DGRAM, 1, "\x07", "\x07", seconds{12},
     join<cube2_player>},
    {"minetest", "/usr/lib/minetest/minetestserver", "minetest-server", SOCK_DGRAM, 0,
     "\x4f\x45\x74\x03\0\0\0\x03\xff\xdc\x01\0\0"s, "\x4f\x45\x74\x03", seconds{25}, join<minetest_player>},
    {"freeciv", "/usr/games/freeciv-server", "freeciv-server", SOCK_STREAM, 0,
     "\0\x16\x04test\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\x06"s, "", seconds{25}, join<freeciv_player>},
};

/// Where servers were unpacked; empty: they are installed; none: this one is nowhere.
std::optional<std::string> root_of(const game_server& server) {
  for (const char* unpacked :
       {static_cast<const char*>(std::getenv("MAESTRO_GAME_SERVERS")), MAESTRO_UNPACKED_GAME_SERVERS, ""})
    if (unpacked != nullptr) {
      std::string root = *unpacked == '\0' ? "" : unpacked + "/root"s;
      if (fs::exists(root + server.program))
        return root.empty() ? root : open_program(root);
    }
  return std::nullopt;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

/// The recipe as a user finds it, of one room, where the server is.
std::string recipe_of(const game_server& server, const std::string& root) {
  auto text = read_text(std::string(MAESTRO_SOURCE_DIR "/deploy/examples/") + server.name + ".yaml");
  text = replaced(text, "roomsReplicas: 2", "roomsReplicas: 1");
  if (server.name == "openarena"s) {
    text = replaced(text, "        - +map\n",
                    "        - +set\n        - rconPassword\n        - pw\n        - +map\n");
    if (!root.empty()) // its script knows only where it is installed
      text = replaced(text, "        - /usr/games/openarena-server # a script that ends in exec\n",
                      "        - /usr/lib/ioquake3/ioq3ded\n"
                      "        - +set\n        - com_basegame\n        - baseoa\n"
                      "        - +set\n        - fs_basepath\n        - /usr/lib/openarena-server\n"
                      "        - +set\n        - com_legacyprotocol\n        - \"71\"\n"
                      "        - +set\n        - com_protocol\n        - \"71\"\n"
                      "        - +set\n        - vm_game\n        - \"0\"\n"
                      "        - +set\n        - com_homepath\n        - .oa\n");
  }
  return replaced(text, "/usr/", root + "/usr/");
}

class DebianGameServer : public ::testing::TestWithParam<game_server> {
protected:
  void SetUp() override {
    auto root = root_of(server);
    if (!root)
      GTEST_SKIP() << server.package
                   << " is not there: install it, or unpack it with test/support/unpack_game_servers.sh and "
                   << "name the folder in MAESTRO_GAME_SERVERS";
    n.environment["MAESTRO_PROCESS_INHERITEDENVIRONMENT"] = "PATH,LD_LIBRARY_PATH,FREECIV_DATA_PATH";
    n.environment["MAESTRO_PROCESS_PORTCHECKDELAY"] = "2s";
    if (!root->empty()) {
      n.environment["LD_LIBRARY_PATH"] = *root + "/usr/lib/x86_64-linux-gnu";
      n.environment["FREECIV_DATA_PATH"] = *root + "/usr/share/games/freeciv";
    }
    fs::permissions(n.folder(), fs::perms(0711)); // some reach their HOME by name, as a user of their own
    n.start();
    recipe = recipe_of(server, *root);
  }

  json room() const {
    auto rooms = n.rooms(server.name);
    return rooms.empty() ? json::object() : rooms.begin()->second;
  }
  std::string status() const { return room().value("status", ""); }
  bool becomes(const std::string& wanted, seconds limit = seconds{30}) const {
    return eventually(limit, [&] { return status() == wanted; });
  }
  pid_t process() const {
    auto running = n.servers(server.name);
    return running.empty() ? 0 : running.begin()->second;
  }
  unsigned allocate() const {
    return n.rooms_api("POST", "/scheduler/"s + server.name + "/rooms/allocate", json::object()).status;
  }
  bool answers() const { return answers(room()); }
  bool answers(const json& whom) const {
    auto answer = ask(server.kind, port_of(whom, server.port), server.question);
    return !answer.empty() && answer.starts_with(server.answer);
  }
  std::string what() const { return room().dump() + n.log(); }

  static std::uint16_t port_of(const json& whom, std::size_t place) {
    return whom["ports"][place]["port"].get<std::uint16_t>();
  }
  void play() {
    player = server.join(port_of(room(), 0));
    EXPECT_TRUE(becomes("occupied")) << what();
  }
  void stop_playing() {
    player.reset();
    EXPECT_TRUE(becomes("ready", server.silence + seconds{30})) << what();
  }

  const game_server& server = GetParam();
  std::string recipe;
  node n;
  player_ptr player;
};

} // namespace

TEST_P(DebianGameServer, LivesARoomsLifeUnmodified) {
  auto created =
      n.cli({"scheduler", "create", "-f", n.write("recipe.yaml", recipe), "--wait-rooms", "--wait-timeout", "90"});
  ASSERT_EQ(created.code, 0) << created.output << n.log();
  ASSERT_EQ(status(), "ready");
  EXPECT_TRUE(answers()) << "a client is not answered" << what();

  EXPECT_EQ(allocate(), 200u);
  EXPECT_EQ(status(), "allocated");
  play();

  auto pid = process();
  ASSERT_GT(pid, 1);
  auto played_in = room();
  n.kill_now();
  EXPECT_TRUE(answers(played_in)) << "the server went with its node";
  n.start();
  EXPECT_TRUE(becomes("occupied")) << what();
  EXPECT_EQ(process(), pid) << "it is another one";
  EXPECT_TRUE(answers()) << what();

  // It hangs: it is found out, is not handed out, and comes back.
  stop_playing();
  auto id = room()["id"].get<std::string>();
  EXPECT_EQ(n.cli({"room", "end", server.name, id, "--wait", "--yes"}).code, 0);
  ASSERT_TRUE(eventually(seconds{60}, [&] { return status() == "ready" && room()["id"] != id; })) << what();
  pid = process();
  auto before = std::chrono::steady_clock::now();
  ::kill(pid, SIGSTOP);
  EXPECT_TRUE(becomes("unready", server.silence)) << what();
  auto found = std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  EXPECT_EQ(allocate(), 500u);
  ::kill(pid, SIGCONT);
  EXPECT_TRUE(becomes("ready")) << what();

  // Nobody listens where it should? Nothing of the kind is said.
  EXPECT_EQ(room().value("statusReason", ""), "") << what();

  // A new version replaces it; it is drained first, for it is played on.
  play();
  auto old = room()["id"].get<std::string>();
  auto changed = n.write("recipe.yaml", replaced(recipe, ":debian", ":debian2"));
  EXPECT_EQ(n.cli({"scheduler", "apply", "-f", changed}).code, 0);
  EXPECT_TRUE(eventually(seconds{30}, [&] { return n.rooms(server.name)[old].contains("draining"); })) << what();
  player.reset();
  EXPECT_TRUE(eventually(seconds{60}, [&] {
    auto rooms = n.rooms(server.name);
    return rooms.size() == 1 && !rooms.contains(old) && rooms.begin()->second["status"] == "ready";
  })) << what();
  std::cout << "| " << server.name << " | yes | yes | yes | yes | " << found << " s | yes |\n";
  EXPECT_EQ(n.cli({"scheduler", "delete", server.name, "--wait", "--yes"}).code, 0);
}

INSTANTIATE_TEST_SUITE_P(Each, DebianGameServer, ::testing::ValuesIn(servers),
                         [](auto& each) { return std::string(each.param.name); });

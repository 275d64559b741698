// The command line as a process: streams, colours and codes as a shell sees them.
#include "test/cli/fake_server.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <sys/wait.h>

using maestro::test::fake_server;

namespace {

struct ended {
  int code = -1;
  std::string out;
};

ended shell(const std::string& command) {
  ended result;
  auto* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    result.out.append(buffer, n);
  auto status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

const std::string cli = CLI_PROCESS;

} // namespace

TEST(Process, AnswersGoToStdoutAndErrorsToStderr) {
  fake_server server;
  server.on("GET /schedulers?game=", R"({"schedulers":[]})");
  auto good = shell(cli + " scheduler list -o json --server " + server.url() + " 2>/dev/null");
  EXPECT_EQ(good.code, 0);
  EXPECT_EQ(good.out, "{\n  \"schedulers\": []\n}\n");
  auto bad = shell(cli + " scheduler get nope --server " + server.url() + " 2>/dev/null");
  EXPECT_EQ(bad.code, 4);
  EXPECT_EQ(bad.out, "");
  auto text = shell(cli + " scheduler get nope --server " + server.url() + " 2>&1 >/dev/null");
  EXPECT_EQ(text.out, "maestro: nothing of that name\n");
}

TEST(Process, APipeNeverSeesEscapeCodes) {
  fake_server server;
  server.on("GET /schedulers/a/rooms", R"({"rooms":[{"id":"a-1","status":"ready","instanceStatus":"ready"}]})");
  auto r = shell("TERM=xterm-256color " + cli + " room list a --watch --for 0.2 --interval 0.1 --server " +
                 server.url());
  EXPECT_EQ(r.code, 0);
  EXPECT_NE(r.out.find("a-1"), std::string::npos);
  EXPECT_EQ(r.out.find('\x1b'), std::string::npos);
}

TEST(Process, NoColorIsHonouredOnATerminal) {
  fake_server server;
  server.on("GET /schedulers/a/rooms", R"({"rooms":[{"id":"a-1","status":"ready","instanceStatus":"ready"}]})");
  auto on_terminal = [&](const std::string& environment) {
    return shell("TERM=xterm " + environment + " script -qec '" + cli + " room list a --server " + server.url() +
                 "' /dev/null </dev/null");
  };
  EXPECT_NE(on_terminal("env -u NO_COLOR").out.find("\x1b[32mready"), std::string::npos);
  EXPECT_EQ(on_terminal("env NO_COLOR=1").out.find('\x1b'), std::string::npos);
}

TEST(Process, TheServerComesFromTheEnvironmentUnlessGiven) {
  fake_server server;
  server.on("GET /schedulers?game=", R"({"schedulers":[]})");
  EXPECT_EQ(shell("MAESTRO_SERVER=" + server.url() + " " + cli + " scheduler list -o json").code, 0);
  EXPECT_EQ(
      shell("MAESTRO_SERVER=http://127.0.0.1:1 " + cli + " scheduler list -o json --server " + server.url()).code,
      0);
  EXPECT_EQ(
      shell("MAESTRO_SERVER=http://127.0.0.1:1 " + cli + " --server " + server.url() + " scheduler list -o json")
          .code,
      0);
  EXPECT_EQ(shell("MAESTRO_SERVER=http://127.0.0.1:1 " + cli + " scheduler list 2>/dev/null").code, 3);
}

TEST(Process, ARecipeCanBePiped) {
  fake_server server;
  server.on("POST /schedulers", R"({"scheduler":{"name":"x"}})");
  server.on("GET /schedulers/x/operations?stage=pending", R"({"operations":[]})");
  server.on("GET /schedulers/x/operations?stage=active", R"({"operations":[]})");
  server.on("GET /schedulers/x/operations?stage=final", R"({"operations":[]})");
  auto r = shell("echo 'name: x' | " + cli + " scheduler create -f - --server " + server.url());
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(server.requests().front().body, R"({"name":"x"})");
}

TEST(Process, VersionNeedsNoServer) {
  EXPECT_EQ(shell(cli + " version").out, "maestro " MAESTRO_VERSION "\n");
  EXPECT_EQ(shell(cli + " version -o json").out, "{\"version\":\"" MAESTRO_VERSION "\"}\n");
}

TEST(Process, BashCompletesWithTheScript) {
  fake_server server;
  server.on("GET /schedulers", R"({"schedulers":[{"name":"arena"},{"name":"arcade"},{"name":"zeta"}]})");
  auto complete = [&](const std::string& words, int at) {
    return shell("MAESTRO_SERVER=" + server.url() + " bash -c 'source <(" + cli +
                 " completion bash); COMP_WORDS=(" + cli + " " + words + "); COMP_CWORD=" + std::to_string(at) +
                 "; _maestro; printf \"%s,\" \"${COMPREPLY[@]}\"' 2>/dev/null")
        .out;
  };
  EXPECT_EQ(complete("sch", 1), "scheduler,");
  EXPECT_EQ(complete("scheduler get ar", 3), "arcade,arena,");
  EXPECT_EQ(complete("room list arena --status un", 5), "unready,");
  EXPECT_EQ(shell(cli + " completion zsh | head -n 1").out, "#compdef maestro\n");
  EXPECT_EQ(shell(cli + " completion fish | head -n 1").out, "# fish completion for maestro\n");
}

TEST(Process, AnOutputThatCannotBeWrittenIsAFailure) {
  EXPECT_NE(shell(cli + " version > /dev/full 2>/dev/null").code, 0);
}

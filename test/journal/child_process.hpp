// A child process whose output is read line by line and which never outlives its test.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

extern char** environ;

namespace maestro {

class child_process {
public:
  explicit child_process(std::vector<std::string> command) {
    int in[2], out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
      return;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, out[1], 2);
    std::vector<char*> argv;
    for (auto& word : command)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    if (posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0)
      pid_ = 0;
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    input_ = in[1];
    output_ = fdopen(out[0], "r");
  }
  child_process(const child_process&) = delete;
  ~child_process() {
    kill_and_wait();
    if (output_)
      fclose(output_);
  }

  /// The next line, or nothing at the end.
  std::optional<std::string> line() {
    std::string text;
    for (int c; (c = std::fgetc(output_)) != EOF; text.push_back(static_cast<char>(c)))
      if (c == '\n')
        return text;
    return std::nullopt;
  }
  std::vector<std::string> all_lines() {
    std::vector<std::string> lines;
    while (auto next = line())
      lines.push_back(std::move(*next));
    return lines;
  }

  void send_kill() {
    if (pid_ > 0)
      ::kill(pid_, SIGKILL);
  }
  /// Ends its input and waits; the exit status.
  int finish() {
    close_input();
    return wait();
  }
  void kill_and_wait() {
    send_kill();
    close_input();
    wait();
  }

private:
  void close_input() {
    if (input_ >= 0)
      close(input_);
    input_ = -1;
  }
  int wait() {
    if (pid_ > 0)
      waitpid(pid_, &status_, 0);
    pid_ = 0;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }

  pid_t pid_ = 0;
  int status_ = 0;
  int input_ = -1;
  FILE* output_ = nullptr;
};

} // namespace maestro

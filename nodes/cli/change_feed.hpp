// How the statuses of a scheduler's rooms or operations change, as its journal has it (rpc ListChanges): none is missed,
// however seldom it is asked for, and none is invented. For `--watch`.
#pragma once

#include "nodes/cli/answers.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace maestro::cli {

struct status_step {
  std::string at; ///< RFC 3339
  std::string id;
  std::string from; ///< empty: it was not there
  std::string to;   ///< `gone`: it is not there any more
  std::string detail;
};

class change_feed {
public:
  change_feed(const context& ctx, std::string scheduler, bool of_operations)
      : ctx_(ctx), scheduler_(std::move(scheduler)), of_operations_(of_operations) {}

  /// Before the list is looked at for the first time: what comes from here on is told. `goes_on`: from where it stood, or from
  /// the first, for there was no such scheduler when it was asked last. False: the server is older than this, or there is no
  /// such scheduler, and nothing is told.
  bool begin(bool goes_on);
  /// The list as it was looked at after `begin`; what it shows already is not told again.
  void know(const std::vector<json>& items);
  /// What has come since. None: something is past the journal's retention, and the list has to be looked at anew.
  std::optional<std::vector<status_step>> next();

private:
  struct known_status {
    std::string status;
    std::string since; ///< RFC 3339; empty: nobody said
  };

  std::string path() const;
  bool is_news(const known_status* known, const std::string& to, const std::string& at) const;
  void take(const json& change, std::vector<status_step>& steps);

  const context& ctx_;
  std::string scheduler_;
  bool of_operations_;
  std::uint64_t after_ = 0;
  std::map<std::string, known_status> known_;
};

} // namespace maestro::cli

// A new machine gets into a cluster with a token: the authority's door as `maestro cluster ca serve` keeps it open, real nodes.
#include "test/cluster/cluster_fixture.hpp"

#include "nodes/cluster/authority_door.hpp"
#include "nodes/cluster/authority_join.hpp"
#include "nodes/cluster/join_tokens.hpp"

#include <fstream>
#include <future>
#include <mutex>

namespace maestro {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Join : public Cluster {
protected:
  std::unique_ptr<authority_door> open_door(const std::string& authority_folder) {
    auto door = authority_door::open(authority_folder, "127.0.0.1", 0, [this](const std::string& line) {
      std::lock_guard alone(lock);
      told.push_back(line);
    });
    EXPECT_TRUE(door) << door.error().text;
    return std::move(*door);
  }
  result<std::string> join(const authority_door& door, const join_token& token, const std::string& into = "new") {
    return join_authority(token, "127.0.0.1", door.port(), (folder / into).string());
  }
  std::string last_told() {
    std::lock_guard alone(lock);
    return told.empty() ? "" : told.back();
  }
  join_token token_for(const std::string& of, const std::string& node) {
    auto made = make_join_token(of, node, 60s);
    EXPECT_TRUE(made) << made.error().text;
    return *made;
  }
  std::string standing(const std::string& of, const std::string& id) {
    auto all = list_join_tokens(of);
    for (auto& one : *all)
      if (one.id == id)
        return one.standing;
    return "none";
  }

  std::mutex lock;
  std::vector<std::string> told;
};

TEST_F(Join, ANodeIsInWithNothingButATokenAndAnAddress) {
  auto known = authority("known", {"n1"});
  start("n1", known);
  auto door = open_door(known);
  auto token = token_for(known, "n2");
  auto name = join(*door, *parse_join_token(token.text()));
  ASSERT_TRUE(name) << name.error().text;
  EXPECT_EQ(*name, "n2");
  start("n2", (folder / "new").string());
  EXPECT_TRUE(within(30s, [&] { return count("n1", "ready") == 2 && count("n2", "ready") == 2; }))
      << nodes["n2"]->log();
  auto key = std::filesystem::status(folder / "new" / "n2.key").permissions();
  EXPECT_EQ(key & std::filesystem::perms::all, std::filesystem::perms(0600));
  EXPECT_FALSE(std::filesystem::exists(folder / "new" / ("joining-" + token.id + ".key")));
  std::ifstream kept(folder / "known" / "tokens" / (token.id + ".used"));
  std::string record(std::istreambuf_iterator<char>(kept), {});
  EXPECT_FALSE(record.empty());
  EXPECT_EQ(record.find(token.secret), std::string::npos) << "only a hash of it is kept";
}

TEST_F(Join, WhatIsUsedRevokedExpiredOrWrongIsRefusedAndCounted) {
  auto known = authority("known", {});
  auto door = open_door(known);
  auto used = token_for(known, "n2");
  ASSERT_TRUE(join(*door, used));
  auto again = join(*door, used, "other");
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().text, HasSubstr("is used"));
  EXPECT_THAT(last_told(), AllOf(HasSubstr("refused (1 so far)"), HasSubstr(used.id)));
  EXPECT_FALSE(std::filesystem::exists(folder / "other" / "n2.crt"));

  auto revoked = token_for(known, "n3");
  ASSERT_TRUE(revoke_join_token(known, revoked.id));
  EXPECT_FALSE(revoke_join_token(known, revoked.id));
  EXPECT_THAT(join(*door, revoked, "other").error().text, HasSubstr("is revoked"));

  auto wrong = token_for(known, "n4");
  wrong.secret.assign(32, '0');
  EXPECT_THAT(join(*door, wrong, "other").error().text, HasSubstr("not known here"));
  EXPECT_EQ(standing(known, wrong.id), "open") << "who does not know the secret spends nothing";

  auto expired = token_for(known, "n5");
  auto file = folder / "known" / "tokens" / expired.id;
  std::string hash, node;
  std::ifstream(file) >> hash >> node;
  std::ofstream(file) << hash << ' ' << node << " 1000000000\n";
  EXPECT_THAT(join(*door, expired, "other").error().text, HasSubstr("is expired"));
  EXPECT_THAT(last_told(), HasSubstr("refused (4 so far)"));
}

TEST_F(Join, TheSecretIsToldToNobodyButTheTokensAuthority) {
  auto known = authority("known", {});
  auto other = authority("other", {});
  auto door = open_door(other);
  auto token = token_for(known, "n2");
  auto refused = join(*door, token);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("not the token's authority"));
  EXPECT_EQ(last_told(), "") << "nothing was asked there";
  EXPECT_EQ(standing(known, token.id), "open");
}

TEST_F(Join, OfManyThatUseOneTokenOneGetsACertificate) {
  auto known = authority("known", {});
  auto door = open_door(known);
  auto token = token_for(known, "n2");
  std::vector<std::future<bool>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(std::async(std::launch::async,
                             [&, i] { return bool{join(*door, token, "machine" + std::to_string(i))}; }));
  int successes = 0;
  for (auto& one : all)
    successes += one.get() ? 1 : 0;
  EXPECT_EQ(successes, 1);
}

TEST_F(Join, ATokensNumberAndLifeAreBounded) {
  auto known = authority("known", {});
  EXPECT_THAT(make_join_token(known, "n2", 59s).error().text, HasSubstr("59 s is not from 60 s to 86400 s"));
  for (std::size_t i = 0; i < most_tokens; ++i)
    token_for(known, "n2");
  EXPECT_THAT(make_join_token(known, "n2", 60s).error().text, HasSubstr("the limit is 100"));
  EXPECT_FALSE(parse_join_token("abc"));
}

} // namespace

} // namespace maestro

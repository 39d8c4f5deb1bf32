#include "train/parallel/rendezvous.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "src/core/program.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using Variables = std::map<std::string, std::string>;

std::optional<Rendezvous> from(const Variables& variables) {
  return rendezvous_from([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

Variables third_of_four() {
  return {{"RANK", "2"}, {"WORLD_SIZE", "4"}, {"LOCAL_RANK", "0"}, {"MASTER_ADDR", "node1"}, {"MASTER_PORT", "29500"}};
}

Variables with(Variables variables, const std::string& name, const std::string& value) {
  variables[name] = value;
  return variables;
}

TEST(Rendezvous, NoneOfTheVariablesIsAProcessOnItsOwn) {
  EXPECT_FALSE(from({}).has_value());
  EXPECT_FALSE(from({{"LOCAL_WORLD_SIZE", "2"}, {"PATH", "/bin"}}).has_value());
}

TEST(Rendezvous, ReadsWhatLaunchersSet) {
  const auto r = from(third_of_four());
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ(r->rank, 2);
  EXPECT_EQ(r->size, 4);
  EXPECT_EQ(r->local_rank, 0);
  EXPECT_EQ(r->local_size, 1);
  EXPECT_EQ(r->address, "node1");
  EXPECT_EQ(r->port, 29500);
  EXPECT_FALSE(r->launcher_listens);
  EXPECT_EQ(r->attempt, 0);
}

TEST(Rendezvous, ReadsWhatTorchrunAdds) {
  auto variables = with(with(third_of_four(), "LOCAL_WORLD_SIZE", "2"), "LOCAL_RANK", "1");
  variables = with(with(variables, "TORCHELASTIC_USE_AGENT_STORE", "True"), "TORCHELASTIC_RESTART_COUNT", "3");
  const auto r = from(variables);
  ASSERT_TRUE(r.has_value());
  EXPECT_EQ(r->local_size, 2);
  EXPECT_EQ(r->local_rank, 1);
  EXPECT_TRUE(r->launcher_listens);
  EXPECT_EQ(r->attempt, 3);
  EXPECT_FALSE(from(with(variables, "TORCHELASTIC_USE_AGENT_STORE", "False"))->launcher_listens);
}

TEST(Rendezvous, EachVariableIsNeeded) {
  for (const auto& [absent, value] : third_of_four()) {
    Variables variables = third_of_four();
    variables.erase(absent);
    EXPECT_THAT(message_of([&] { from(variables); }), HasSubstr("is set but not " + absent)) << absent;
  }
}

TEST(Rendezvous, NamesTheMalformedVariableAndWhatIsAllowed) {
  struct Case {
    const char *name, *value, *allowed;
  };
  const Case cases[] = {
      {"RANK", "", "0..3"},
      {"RANK", "two", "0..3"},
      {"RANK", "4", "0..3"},
      {"RANK", "-1", "0..3"},
      {"RANK", "1 ", "0..3"},
      {"RANK", "1.0", "0..3"},
      {"WORLD_SIZE", "0", "1..4096"},
      {"WORLD_SIZE", "4097", "1..4096"},
      {"WORLD_SIZE", "99999999999999999999", "1..4096"},
      {"LOCAL_RANK", "4", "0..3"},
      {"LOCAL_RANK", "gpu0", "0..3"},
      {"MASTER_PORT", "0", "1..65535"},
      {"MASTER_PORT", "65536", "1..65535"},
      {"MASTER_PORT", "http", "1..65535"},
      {"LOCAL_WORLD_SIZE", "5", "1..4"},
      {"TORCHELASTIC_RESTART_COUNT", "x", "0..1000000"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(message_of([&] { from(with(third_of_four(), c.name, c.value)); }),
                AllOf(HasSubstr(std::string(c.name) + " must be a whole number of " + c.allowed),
                      HasSubstr("got '" + std::string(c.value) + "'")));
  }
  EXPECT_THAT(message_of([&] { from(with(third_of_four(), "MASTER_ADDR", "")); }), HasSubstr("MASTER_ADDR is empty"));
  EXPECT_THAT(message_of([&] { from(with(with(third_of_four(), "LOCAL_WORLD_SIZE", "2"), "LOCAL_RANK", "2")); }),
              HasSubstr("LOCAL_RANK must be a whole number of 0..1, got '2'"));
}

TEST(Rendezvous, ProcessesOfOneMachineShareItsThreads) {
  EXPECT_EQ(threads_per_process(std::nullopt), hardware_threads());
  EXPECT_EQ(threads_per_process(from(third_of_four())), hardware_threads());
  EXPECT_EQ(threads_per_process(from(with(third_of_four(), "LOCAL_WORLD_SIZE", "2"))), std::max(1, hardware_threads() / 2));
  EXPECT_EQ(threads_per_process(from(with(third_of_four(), "LOCAL_WORLD_SIZE", "4"))), std::max(1, hardware_threads() / 4));
  for (const char* here : {"localhost", "127.0.0.1", "::1"})
    EXPECT_EQ(from(with(third_of_four(), "MASTER_ADDR", here))->local_size, 4) << here;
  auto many = with(with(third_of_four(), "WORLD_SIZE", "4096"), "LOCAL_WORLD_SIZE", "4096");
  EXPECT_EQ(threads_per_process(from(many)), std::max(1, hardware_threads() / 4096));
}

}  // namespace
}  // namespace facemat

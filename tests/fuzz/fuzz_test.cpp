// Every fuzz target over its examples, over each of them damaged, and over the inputs of faults that were found: what libFuzzer
// does for hours with tools/fuzz, for a moment and everywhere.

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <ostream>
#include <set>

#include "src/core/error.h"
#include "src/core/file.h"
#include "tests/fuzz/target.h"

namespace facemat {

void PrintTo(const FuzzTarget& target, std::ostream* out) { *out << target.name; }  // in messages

namespace {

constexpr size_t kMostInputs = 300;        // of a target
constexpr size_t kMostDamaged = 64 << 10;  // bytes of an example worth damaging

constexpr const char* kRead = "read";

// kRead, or the Error that `target` throws. Whatever else it throws fails the test.
std::string outcome(const FuzzTarget& target, const std::string& bytes) {
  try {
    target.read(bytes);
    return kRead;
  } catch (const Error& error) {
    return error.what();
  }
}

// `bytes` cut short at about `count` places, the beginning and one byte before the end among them.
std::vector<std::string> cut(const std::string& bytes, size_t count) {
  std::set<size_t> places = {0, 1, bytes.size() - 1};
  for (size_t i = 1; i < count; ++i) places.insert(i * bytes.size() / count);
  std::vector<std::string> out;
  for (const size_t place : places) out.push_back(bytes.substr(0, place));
  return out;
}

// `bytes` with one byte changed, at about `count` places in turn: to its opposite, its neighbour, 0, the largest, a bracket.
std::vector<std::string> flipped(const std::string& bytes, size_t count) {
  std::vector<std::string> out;
  const size_t step = std::max<size_t>(1, bytes.size() / count);
  for (size_t at = 0, turn = 0; at < bytes.size(); at += step, ++turn) {
    std::string changed = bytes;
    const auto old = static_cast<uint8_t>(bytes[at]);
    const uint8_t values[] = {static_cast<uint8_t>(~old), static_cast<uint8_t>(old ^ 1), 0, 0xff, '[', '-', '9', 0x80};
    changed[at] = static_cast<char>(values[turn % std::size(values)]);
    out.push_back(std::move(changed));
  }
  return out;
}

class Fuzz : public testing::TestWithParam<FuzzTarget> {};

TEST_P(Fuzz, ExamplesAreReadAndTricksRefused) {
  std::set<std::string> names;
  for (const FuzzSeed& seed : GetParam().seeds()) {
    EXPECT_TRUE(names.insert(seed.name).second) << seed.name << " is there twice";
    const std::string what = outcome(GetParam(), seed.bytes);
    EXPECT_EQ(what == kRead, !seed.refused) << seed.name << ": " << what.substr(0, 500);
  }
  EXPECT_FALSE(names.empty());
}

// Examples, and inputs of faults that were found, which stay mended.
TEST_P(Fuzz, DamagedExamplesAndFaultsAreReadOrRefused) {
  std::vector<FuzzSeed> inputs = GetParam().seeds();
  for (const fs::path& file : kept_inputs(GetParam())) inputs.push_back({file.filename().string(), read_file(file)});
  const size_t each = std::max<size_t>(8, kMostInputs / (2 * inputs.size()));
  size_t refused = 0;
  for (const FuzzSeed& input : inputs) {
    SCOPED_TRACE(input.name);
    EXPECT_NO_THROW(refused += outcome(GetParam(), input.bytes) != kRead);
    if (input.bytes.empty() || input.bytes.size() > kMostDamaged) continue;
    for (const std::string& bytes : cut(input.bytes, each)) refused += outcome(GetParam(), bytes) != kRead;
    for (const std::string& bytes : flipped(input.bytes, each)) refused += outcome(GetParam(), bytes) != kRead;
  }
  EXPECT_GT(refused, 0u) << "nothing was ever refused";
}

INSTANTIATE_TEST_SUITE_P(Targets, Fuzz, testing::ValuesIn(fuzz_targets()), [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace facemat

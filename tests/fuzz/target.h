#pragma once
// A fuzz target: a reader of bytes that nobody vouches for, and examples to start from. What a reader may do with bytes it does
// not like is to throw Error; whatever else happens (another exception, a finding of a sanitizer, no answer within seconds) is
// a fault.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace facemat {

struct FuzzSeed {
  std::string name;
  std::string bytes;
  bool refused = false;  // a known trick, which ends in Error; others are read
};

struct FuzzTarget {
  std::string name;
  const char* reader;                      // where it is declared
  size_t most_bytes;                       // of an input that libFuzzer makes up
  std::vector<FuzzSeed> (*seeds)();        // written by our own writers, small
  void (*read)(const std::string& bytes);  // throws Error for what is refused
};

// All targets of this program, by name.
const std::vector<FuzzTarget>& fuzz_targets();

// The target called `name`. Throws Error that lists those there are.
const FuzzTarget& fuzz_target(const std::string& name);

// Inputs that once were faults: tests/fuzz/kept/NAME/.
std::vector<std::filesystem::path> kept_inputs(const FuzzTarget& target);

// `bytes` as a file called `name`, for readers of files. There is one at a time.
std::filesystem::path as_file(const std::string& name, const std::string& bytes);

}  // namespace facemat

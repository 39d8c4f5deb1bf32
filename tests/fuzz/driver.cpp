// What libFuzzer calls. The environment says which target: FACEMAT_FUZZ_TARGET. tools/fuzz sets it.
//
//   fuzz --list               each target: name, most bytes of an input, reader
//   fuzz --seeds NAME DIR     writes its examples and the kept inputs of faults that were found

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "src/core/error.h"
#include "src/core/file.h"
#include "tests/fuzz/target.h"

namespace facemat {
namespace {

const FuzzTarget* chosen = nullptr;

void list_targets() {
  for (const FuzzTarget& target : fuzz_targets())
    std::printf("%s %zu %s\n", target.name.c_str(), target.most_bytes, target.reader);
}

void write_seeds(const FuzzTarget& target, const fs::path& folder) {
  for (const FuzzSeed& seed : target.seeds()) write_plain(folder / seed.name, seed.bytes);
  for (const fs::path& file : kept_inputs(target)) write_plain(folder / ("kept-" + file.filename().string()), read_file(file));
}

// Exits the program unless libFuzzer is to go on.
void obey(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "--list") {
    list_targets();
    std::exit(0);
  }
  if (command == "--seeds") {
    require(argc == 4, "usage: fuzz --seeds NAME DIR");
    write_seeds(fuzz_target(argv[2]), argv[3]);
    std::exit(0);
  }
  const char* name = std::getenv("FACEMAT_FUZZ_TARGET");
  require(name != nullptr, "FACEMAT_FUZZ_TARGET names no target (tools/fuzz runs this program)");
  chosen = &fuzz_target(name);
}

}  // namespace
}  // namespace facemat

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  try {
    facemat::obey(*argc, *argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz: %s\n", error.what());
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    facemat::chosen->read(std::string(reinterpret_cast<const char*>(data), size));
  } catch (const facemat::Error&) {  // refused, as it should be; whatever else is thrown ends the program
  }
  return 0;
}

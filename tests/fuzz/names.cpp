// Lists of file names.

#include "data/sources/pictures/listing.h"
#include "src/core/folder.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  return {{"lines", "anna.jpg\n# a remark\n./folder/bo.png\r\n\tcy\trest of a row\n"},
          {"marked", "\xef\xbb\xbfwindows\\name.JPG\r\n"},
          {"numbered", "film@000025.png\nfilm\n@1\na@\n"},
          {"nothing", " \t\r\n\n# only a remark\n", true},
          {"one_long_line", std::string(100'000, 'a')}};
}

void read(const std::string& bytes) {
  const std::set<std::string> names = read_names(as_file("names.txt", bytes));
  for (const std::string& name : names) {
    names_hold(names, name + ".png");
    natural_less(name, "frame10.png"), natural_less("frame10.png", name);
  }
}

}  // namespace

FuzzTarget names_target() { return {"names", "data/sources/pictures/listing.h", 2048, seeds, read}; }

}  // namespace facemat

// Pickles, as PyTorch's archives hold them.

#include "src/model/weights/pickle.h"

#include "tests/fuzz/targets.h"
#include "tests/src/model/weights/pickles.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  return {{"state_dict", pickled(pickled_dictionary({{"weight", pickled_tensor({})}}))},
          {"tuples", pickled(pickled_tuple({pickled_numbers({1, -2}), pickled_text("text"), "\x89", "}"}))},
          {"list_within_itself", pickled("]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a")},
          {"marks_alone", "\x80\x02" + std::string(100'000, '('), true},
          {"other_protocol", "\x80\x04N.", true},
          {"text_beyond_the_end", std::string("\x80\x02X\xff\xff\xff\xff.", 8), true}};
}

void read(const std::string& bytes) {
  const std::string where = "pickle";
  ByteReader reader(bytes, where);
  read_pickle(reader);
}

}  // namespace

FuzzTarget pickle_target() { return {"pickle", "src/model/weights/pickle.h", 2048, seeds, read}; }

}  // namespace facemat

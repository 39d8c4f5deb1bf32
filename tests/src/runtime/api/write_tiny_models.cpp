// write_tiny_models FOLDER: the models of tests/src/runtime/models.h and a picture with faces as files, for tests that know the
// toolkit only as its users do.

#include <cstdio>
#include <exception>

#include "src/image/codec.h"
#include "tests/src/runtime/models.h"
#include "tests/support/drawn_heads.h"

int main(int count, char** arguments) {
  using namespace facemat;
  if (count != 2) return 2;
  try {
    const fs::path folder = arguments[1];
    write_accumulator(folder / "accumulator.onnx");
    write_file(folder / "half.onnx", half_accumulator([] {
                 ModelContract contract;
                 contract.network = "half";
                 contract.states = {{"r1i", "r1o"}};
                 return contract;
               }()));
    ModelContract with_ratio;
    with_ratio.ratio_input = "downsample_ratio";
    write_file(folder / "ratio.onnx", ratio_model(with_ratio));
    write_file(folder / "fixed.onnx", fixed_model({}, 32, 32));
    write_file(folder / "guided.onnx", guided_model());
    write_image(folder / "two_heads.png", leaning_beside_upright().picture);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

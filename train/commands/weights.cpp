#include <cstdio>
#include <memory>

#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/measure.h"
#include "src/core/program.h"
#include "src/model/weights/weights.h"
#include "train/commands/commands.h"

namespace facemat {
namespace {

struct Options {
  std::filesystem::path model, out;
  bool half = false;
};

// Weights and statistics beyond what half precision holds would become infinite without a word.
void require_finite(const torch::Tensor& tensor, const std::string& name, const std::filesystem::path& model) {
  require(!tensor.is_floating_point() || torch::isfinite(tensor).all().item<bool>(),
          "{}: '{}' does not fit into half precision (leave out --half)", model.string(), name);
}

int run(const Options& o) {
  const TrainedModel model = load_model(o.model);
  if (o.half) {
    for (auto [name, tensor] : named_weights(*model.network)) {
      if (tensor.is_floating_point()) tensor.set_data(tensor.to(torch::kHalf));  // batch norms' counters stay whole
      require_finite(tensor, name, o.model);
    }
  }
  auto metadata = model.metadata;
  metadata["weights_from"] = model.weights_hash;
  const std::string bytes = encode_model(*model.network, model.config, metadata);
  write_file(o.out, bytes);
  std::printf("%s: %.1f MiB of %s\n", o.out.string().c_str(), mebibytes(bytes.size()), model.file.string().c_str());
  return 0;
}

}  // namespace

Run declare_weights(CLI::App& app) {
  const auto o = std::make_shared<Options>();
  app.add_option("--model", o->model, "run (its best checkpoint), checkpoint folder or model file")
      ->type_name("RUN|FILE")
      ->required();
  app.add_option("--out", o->out, "the file")->type_name("FILE.safetensors")->required();
  app.add_flag("--half", o->half, "in half precision: half the size, for sharing and as a starting point");
  app.footer(
      "Example:\n  facemat train weights --model runs/student --half --out student.safetensors\n"
      "  facemat train --config configs/train/student.yaml --init student.safetensors ...");
  return [o] { return run(*o); };
}

}  // namespace facemat

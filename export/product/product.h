#pragma once
// From a trained model to the file that is shipped: the graph, its precision, its proof, its seal.

#include <functional>
#include <optional>
#include <string>

#include "export/config.h"
#include "export/precision/choice.h"
#include "export/product/certificate.h"
#include "export/product/exporter.h"
#include "export/proof/parity.h"
#include "src/model/weights/weights.h"

namespace facemat {

// What takes long, as it goes on: "measuring layers", "comparing".
struct ProductProgress {
  LayerDone layers;
  FrameDone frames;
};

struct Product {
  std::string onnx;  // the bytes of the file
  std::optional<Certificate> certificate;
  std::optional<LayerReport> layers;  // where layers were chosen: always with int8, with fp16 if some stay float32
};

GraphOptions graph_options(const ExportConfig& config);

// The float32 model that `config` describes.
std::string exported(const TrainedModel& model, const ExportConfig& config);

// `prove`: compare with LibTorch, and certify. Layers that would bring alpha over the limit in fewer bits stay float32: they
// are found on the calibration frames, and where the comparison still finds more than the limit, more of them do. `where` names
// the file in messages. Throws Error if a setting makes no sense, if the graph cannot be exported, or if the comparison finds
// more than the limit: there is no file without its proof.
Product make_product(const TrainedModel& model, const ExportConfig& config, bool prove, const std::string& where,
                     const ProductProgress& progress = {});

}  // namespace facemat

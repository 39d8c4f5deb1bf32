// The parity certificate in an exported file's metadata.

#include "export/product/certificate.h"
#include "tests/fuzz/json_tricks.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  Certificate certificate;
  certificate.precision = "float32", certificate.target = "onnxruntime", certificate.limit = 1e-4;
  certificate.cases.resize(1);
  certificate.outputs["pha"] = {1e-6, 1e-8};
  certificate.versions["facemat"] = "0.1.0";
  std::vector<FuzzSeed> out = {{"whole", certificate_to_json(certificate)}};
  add_json_tricks(out, "version");
  return out;
}

void read(const std::string& bytes) { describe(certificate_from_json(bytes, "certificate")); }

}  // namespace

FuzzTarget certificate_target() { return {"certificate", "export/product/certificate.h", 2048, seeds, read}; }

}  // namespace facemat

#include "export/product/certificate.h"

#include <fmt/format.h>
#include <onnx/common/version.h>

#include <set>

#include "export/graph/onnx_writer.h"
#include "export/graph/proto.h"
#include "src/core/error.h"
#include "src/core/hash.h"
#include "src/core/json.h"
#include "src/core/program.h"
#include "src/core/seal.h"
#include "src/runtime/onnx/session.h"

namespace facemat {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ParityCase, size, batch, frames, ratio, reset)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Difference, max, mean, over)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Certificate, version, precision, target, limit, tolerated, seed, cases, outputs, versions,
                                   weights_hash, graph_hash, settings)

Certificate make_certificate(const Parity& parity, const ExportConfig& config, const std::string& onnx,
                             const std::string& where) {
  Certificate certificate;
  certificate.precision = parity.precision;
  certificate.target = config.target;
  certificate.limit = parity.limit;
  certificate.tolerated = parity.tolerated;
  certificate.seed = config.seed;
  certificate.cases = parity.cases;
  for (const auto& [name, output] : parity.outputs) certificate.outputs[name] = {output.largest, output.mean, output.over};
  certificate.versions = {{"facemat", kVersion},
                          {"libtorch", TORCH_VERSION},
                          {"onnxruntime", runtime_version()},
                          {"onnx", onnx::LAST_RELEASE_VERSION}};
  certificate.weights_hash = contract_of_file(onnx, where).weights_hash;
  certificate.graph_hash = graph_hash(onnx, where);
  certificate.settings = graph_settings(config);
  return certificate;
}

std::string certificate_to_json(const Certificate& certificate) { return nlohmann::json(certificate).dump(); }

Certificate certificate_from_json(const std::string& text, const std::string& where) {
  try {
    const auto json = parse_json(text);
    const int version = json.value("version", 1);
    require(version == kCertificateVersion, "{}: certificate version {} (known: {}; export the model again)", where, version,
            kCertificateVersion);
    return json.get<Certificate>();
  } catch (const nlohmann::json::exception& error) {
    fail("{}: the certificate (metadata '{}') cannot be read: {}", where, kParityKey, error.what());
  }
}

std::string describe(const Certificate& certificate) {
  int64_t frames = 0;
  std::set<std::string> sizes;
  for (const ParityCase& clip : certificate.cases) frames += clip.frames, sizes.insert(clip.size);
  const auto alpha = certificate.outputs.find("pha");
  const Difference difference = alpha == certificate.outputs.end() ? Difference{} : alpha->second;
  const std::string over = difference.max > certificate.limit ? fmt::format(", {:.2g} % above", 100 * difference.over) : "";
  return fmt::format("alpha differs from LibTorch by at most {:.2g} (mean {:.2g}; limit {:.2g}{}) over {} frames at {} size{}",
                     difference.max, difference.mean, certificate.limit, over, frames, sizes.size(),
                     sizes.size() == 1 ? "" : "s");
}

std::string graph_hash(const std::string& onnx, const std::string& where) {
  return hash_text(hash_bytes(parse_onnx(without_seal(onnx), where).graph().SerializeAsString()));
}

std::string finished_file(const std::string& onnx, const std::string& certificate, const std::string& where) {
  const std::string body(without_seal(onnx));
  ModelContract contract = contract_of_file(body, where);
  contract.sealed = true;
  Metadata metadata = {{kContractKey, contract_to_json(contract)}};
  if (!certificate.empty()) metadata[kParityKey] = certificate;
  return sealed(with_metadata(body, metadata, where));
}

}  // namespace facemat

#include "export/product/structure.h"

#include <gmock/gmock.h>

#include <functional>

#include "export/graph/onnx_writer.h"
#include "export/product/certificate.h"
#include "export/product/product.h"
#include "src/core/contract.h"
#include "tests/export/small_model.h"
#include "tests/export/small_product.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string failed(const std::string& onnx) {
  for (const Finding& finding : check_file(onnx, "x.onnx"))
    if (!finding.passed) return finding.check + ": " + finding.detail;
  return "passed";
}

TEST(CheckFile, PassesWhatTheExporterWrote) {
  const auto findings = check_file(product().onnx, "x.onnx");
  EXPECT_TRUE(all_passed(findings)) << failed(product().onnx);
  std::vector<std::string> checks;
  for (const Finding& finding : findings) checks.push_back(finding.check);
  EXPECT_THAT(checks,
              testing::ElementsAre("seal", "external data", "structure", "contract", "ports", "certificate", "trial run"));
}

TEST(CheckFile, SaysWhatFails) {
  EXPECT_THAT(failed("nonsense"), HasSubstr("seal: not an ONNX model"));
  EXPECT_THAT(failed(finished_file(exported(small_model(), {}), "", "x")), HasSubstr("certificate: no parity certificate"));

  std::string other = certificate_to_json(*product().certificate);
  other.replace(other.find(product().certificate->graph_hash), 4, "0000");
  EXPECT_THAT(failed(with_metadata(product().onnx, {{kParityKey, other}}, "x")), HasSubstr("is of another graph"));

  Certificate silent = *product().certificate;
  silent.outputs.erase("pha");
  EXPECT_THAT(failed(with_metadata(product().onnx, {{kParityKey, certificate_to_json(silent)}}, "x")),
              HasSubstr("certificate: the certificate says nothing of pha"));
}

// What a certificate says is tolerated counts for networks that choose, and no more than is tolerated of them.
TEST(CheckFile, ToleratesAsTheModelTableSays) {
  const auto outcome = [](const std::string& network, const Difference& alpha, double tolerated) {
    ModelContract contract = contract_of_file(product().onnx, "x");
    contract.network = network;
    Certificate certificate = *product().certificate;
    certificate.outputs["pha"] = alpha;
    certificate.tolerated = tolerated;
    const Metadata metadata = {{kContractKey, contract_to_json(contract)}, {kParityKey, certificate_to_json(certificate)}};
    return failed(with_metadata(product().onnx, metadata, "x"));
  };
  const auto over = HasSubstr("certificate: the certificate itself has pha over its limit");
  EXPECT_EQ(outcome("dim", {0.5, 1e-5, 0.005}, kTolerated), "passed");
  EXPECT_THAT(outcome("dim", {0.5, 1e-5, 0.1}, 1), over) << "too many values";
  EXPECT_THAT(outcome("dim", {0.5, 2e-3, 0.005}, kTolerated), over) << "by too much";
  EXPECT_THAT(outcome("dim", {0.5, 1e-5, 0.005}, 0), over) << "not what it was compared with";
  EXPECT_THAT(outcome("rvm_mobilenetv3", {0.5, 1e-5, 0.005}, kTolerated), over) << "it does not choose";
  EXPECT_THAT(outcome("rvm_mobilenetv3", {0.5, 1e-5, 0}, 0), over) << "a share that is not true";
  EXPECT_THAT(outcome("another's", {0.5, 1e-5, 0.005}, kTolerated), over);
}

TEST(CheckFile, ComparesContractAndGraph) {
  const ModelContract right = contract_of_file(product().onnx, "x");
  const auto with = [&](const std::function<void(ModelContract&)>& change) {
    ModelContract contract = right;
    change(contract);
    return failed(with_metadata(product().onnx, {{kContractKey, contract_to_json(contract)}}, "x"));
  };
  EXPECT_THAT(with([](auto& c) { c.image_input = "frame"; }),
              AllOf(HasSubstr("ports: "), HasSubstr("input 'frame'"), HasSubstr("src float32[")));
  EXPECT_THAT(with([](auto& c) { c.alpha_output = "alpha"; }), HasSubstr("output 'alpha'"));
  EXPECT_THAT(with([](auto& c) { c.uncertainty_output = "sigma"; }), HasSubstr("output 'sigma'"));
  EXPECT_THAT(with([](auto& c) { c.states.pop_back(); }), HasSubstr("does not name input 'r4i'"));
  EXPECT_THAT(with([](auto& c) { c.ratio_input = "downsample_ratio"; }), HasSubstr("'downsample_ratio' as float32[1]"));
  EXPECT_THAT(with([](auto& c) { c.guides.push_back({"trimap", "trimap"}); }), HasSubstr("input 'trimap' as float32[B,1,H,W]"));
  EXPECT_THAT(with([](auto& c) { c.weights_hash = "ffff"; }), HasSubstr("certificate: the certificate is of other weights"));
}

TEST(CheckFile, ComparesGuidesAndGraph) {
  ExportConfig config;
  config.cases = {{"33x50", 2, 2, 0, false}};
  const TrainedModel model = small_model(small_config("background_matting"));
  const std::string onnx = make_product(model, config, true, "x.onnx").onnx;
  EXPECT_EQ(failed(onnx), "passed");
  const auto with = [&](const std::function<void(ModelContract&)>& change) {
    ModelContract contract = contract_of_file(onnx, "x");
    change(contract);
    return failed(with_metadata(onnx, {{kContractKey, contract_to_json(contract)}}, "x"));
  };
  EXPECT_THAT(with([](auto& c) { c.guides.pop_back(); }), HasSubstr("does not name input 'segmentation'"));
  EXPECT_THAT(with([](auto& c) { c.guides[0].name = "hint"; }), HasSubstr("input 'background' as float32[B,1,H,W]"));
  EXPECT_THAT(with([](auto& c) { c.guides[0].input = "clean"; }), HasSubstr("input 'clean' as float32[B,3,H,W]"));
  EXPECT_THAT(with([](auto& c) { c.guides[0].input = "src"; }), HasSubstr("input 'src' as float32[B,3,H,W]"));
}

}  // namespace
}  // namespace facemat

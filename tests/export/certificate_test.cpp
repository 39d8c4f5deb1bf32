#include "export/certificate.h"

#include <gmock/gmock.h>

#include "export/diagnosis.h"
#include "export/onnx_writer.h"
#include "export/product.h"
#include "export/structure.h"
#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/seal.h"
#include "src/runtime/session.h"
#include "tests/export/small_model.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::AllOf;
using testing::HasSubstr;

ExportConfig quick() {
  ExportConfig config;
  config.cases = {{"33x50", 2, 4, 0, true}};
  return config;
}

const Product& product() {
  static const Product made = make_product(small_model(), quick(), true, "x.onnx");
  return made;
}

std::string failed(const std::string& onnx) {
  for (const Finding& finding : check_file(onnx, "x.onnx"))
    if (!finding.passed) return finding.check + ": " + finding.detail;
  return "passed";
}

TEST(Certificate, SaysWhatWasCompared) {
  const Certificate& certificate = *product().certificate;
  EXPECT_EQ(certificate.precision, "fp32");
  EXPECT_EQ(certificate.target, "ort");
  EXPECT_EQ(certificate.limit, 1e-4);
  ASSERT_EQ(certificate.cases.size(), 1u);
  EXPECT_EQ(certificate.cases[0].size, "33x50");
  EXPECT_EQ(certificate.cases[0].batch, 2);
  EXPECT_TRUE(certificate.cases[0].reset);
  EXPECT_EQ(certificate.outputs.size(), 5u);
  EXPECT_GT(certificate.outputs.at("r4o").max, certificate.outputs.at("r4o").mean);
  for (const char* name : {"facemat", "libtorch", "onnxruntime", "onnx"})
    EXPECT_FALSE(certificate.versions.at(name).empty()) << name;
  EXPECT_EQ(certificate.versions.at("onnxruntime"), runtime_version());
  EXPECT_EQ(certificate.weights_hash, "0123abcd");
  EXPECT_EQ(certificate.graph_hash, graph_hash(product().onnx, "x.onnx"));
  EXPECT_THAT(describe(certificate), HasSubstr("over 4 frames at 1 size"));
}

TEST(Certificate, ReadsBack) {
  const std::string json = certificate_to_json(*product().certificate);
  EXPECT_EQ(certificate_to_json(certificate_from_json(json, "x")), json);
  EXPECT_EQ(read_metadata(product().onnx, "x").at(kParityKey), json);
  EXPECT_THAT(message_of([] { certificate_from_json("{]", "x.onnx"); }), HasSubstr("x.onnx: the certificate"));
  EXPECT_THAT(message_of([] { certificate_from_json("{}", "x.onnx"); }), HasSubstr("version 1"));
  EXPECT_THAT(message_of([] { certificate_from_json(R"({"version":2})", "x.onnx"); }), HasSubstr("cannot be read"));
}

TEST(Certificate, SettingsReadBack) {
  ExportConfig config;
  config.precision = "fp16";
  config.size = "64x96";
  config.ratio = 0.25;
  config.rewrite = false;
  ExportConfig read;
  read_graph_settings(graph_settings(config), "test", read);
  EXPECT_EQ(graph_settings(read), graph_settings(config));
  EXPECT_EQ(read.size, "64x96");
  config.calibration.dataset = "/home/somebody";
  EXPECT_THAT(graph_settings(config), testing::Not(HasSubstr("somebody"))) << "a certificate names no paths";
}

TEST(GraphHash, IsOfTheGraphAlone) {
  const std::string onnx = exported(small_model(), {}), hash = graph_hash(onnx, "x");
  EXPECT_EQ(graph_hash(with_metadata(onnx, {{"note", "hello"}}, "x"), "x"), hash);
  EXPECT_EQ(graph_hash(finished_file(onnx, "", "x"), "x"), hash);
  ModelConfig other;
  other.uncertainty = true;
  EXPECT_NE(graph_hash(exported(small_model(other), {}), "x"), hash);
}

TEST(FinishedFile, IsSealedAndStaysSo) {
  EXPECT_TRUE(seal_holds(product().onnx));
  EXPECT_TRUE(contract_of_file(product().onnx, "x").sealed);
  const std::string noted = with_metadata(product().onnx, {{"note", "hello"}}, "x");
  EXPECT_TRUE(seal_holds(noted));
  EXPECT_EQ(read_metadata(noted, "x").at("note"), "hello");
  EXPECT_EQ(read_metadata(noted, "x").size(), read_metadata(product().onnx, "x").size() + 1);
  EXPECT_FALSE(seal_holds(with_metadata(exported(small_model(), {}), {{"note", "hello"}}, "x")));
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
  EXPECT_THAT(with([](auto& c) { c.weights_hash = "ffff"; }), HasSubstr("certificate: the certificate is of other weights"));
}

TEST(ExportSettings, EveryFileLoadsAndMakesSense) {
  int count = 0;
  for (const fs::path& file : list_files(fs::path(FACEMAT_SOURCE_DIR) / "configs" / "export", {".yaml"})) {
    EXPECT_NO_THROW(check(load_config<ExportConfig>(file))) << file;
    ++count;
  }
  EXPECT_GE(count, 5);
}

TEST(ExportSettings, ThoroughIsTheSameInBothPlaces) {
  ExportConfig thorough;
  make_thorough(thorough);
  const auto file = load_config<ExportConfig>(fs::path(FACEMAT_SOURCE_DIR) / "configs" / "export" / "thorough.yaml");
  EXPECT_EQ(config_to_yaml(file), config_to_yaml(thorough));
}

TEST(ExportSettings, SizesAreRead) {
  EXPECT_EQ(parse_size("288x512", "size").height, 288);
  EXPECT_EQ(parse_size("288x512", "size").width, 512);
  EXPECT_EQ(parse_size("", "size").height, 0);
  for (const char* wrong : {"288", "x", "288x", "0x5", "-1x5", "1x99999", "288X512", "288x512x3", "a x b"})
    EXPECT_THAT(message_of([&] { parse_size(wrong, "size"); }), HasSubstr("HEIGHTxWIDTH")) << wrong;
  ExportConfig config;
  config.cases.clear();
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("cases is empty"));
  config = {};
  config.cases[1].size = "";
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("cases.1.size"));
}

}  // namespace
}  // namespace facemat

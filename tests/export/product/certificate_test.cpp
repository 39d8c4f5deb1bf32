#include "export/product/certificate.h"

#include <gmock/gmock.h>

#include "export/graph/onnx_writer.h"
#include "export/product/product.h"
#include "src/core/error.h"
#include "src/core/seal.h"
#include "src/runtime/onnx/session.h"
#include "tests/export/small_model.h"
#include "tests/export/small_product.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

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
  EXPECT_THAT(message_of([] { certificate_from_json(R"({"version":2})", "x.onnx"); }), HasSubstr("export the model again"));
  EXPECT_THAT(message_of([] { certificate_from_json(R"({"version":3})", "x.onnx"); }), HasSubstr("cannot be read"));
}

TEST(Certificate, SaysWhatWasTolerated) {
  Certificate certificate = *product().certificate;
  EXPECT_EQ(certificate.tolerated, 0);
  EXPECT_EQ(certificate.outputs.at("pha").over, 0);
  EXPECT_THAT(describe(certificate), HasSubstr("; limit 0.0001)"));
  certificate.outputs["pha"] = {0.25, 1e-5, 0.0005};
  EXPECT_THAT(describe(certificate), HasSubstr("at most 0.25 (mean 1e-05; limit 0.0001, 0.05 % above)"));
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

}  // namespace
}  // namespace facemat

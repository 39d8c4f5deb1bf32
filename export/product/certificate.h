#pragma once
// The parity certificate: what was compared with what, and how far apart the two were. JSON in the file's metadata, so that
// whoever gets the file can see it, and 'facemat verify' can tell whether it was made for this graph and these weights.

#include <map>
#include <string>
#include <vector>

#include "export/config.h"
#include "export/proof/parity.h"

namespace facemat {

inline constexpr const char* kParityKey = "facemat.parity";  // metadata: the certificate
inline constexpr int kCertificateVersion = 3;

struct Difference {
  double max = 0, mean = 0;  // absolute, over all values of all frames
  double over = 0;           // share of them above the limit
};

// Nothing in it depends on the machine but the differences themselves: no paths, no times.
struct Certificate {
  int version = kCertificateVersion;
  std::string precision, target;
  double limit = 0;
  double tolerated = 0;  // share of an output's values that may be above it (parity.h)
  uint64_t seed = 0;
  std::vector<ParityCase> cases;
  std::map<std::string, Difference> outputs;
  std::map<std::string, std::string> versions;  // facemat, libtorch, onnxruntime, onnx
  std::string weights_hash, graph_hash;
  std::string settings;  // the export's settings as YAML, without those of the comparison; empty: not known
};

// Of a comparison of `onnx` (without or with the certificate in it: the hash is of the graph alone).
Certificate make_certificate(const Parity& parity, const ExportConfig& config, const std::string& onnx,
                             const std::string& where);

std::string certificate_to_json(const Certificate& certificate);

// Throws Error, prefixed by `where`, for what certificate_to_json did not write: malformed, a key missing, another version.
Certificate certificate_from_json(const std::string& json, const std::string& where);

// "alpha differs from LibTorch by at most 1.2e-06 (mean 3e-08; limit 0.0001) over 96 frames at 4 sizes"
std::string describe(const Certificate& certificate);

// Hash of operators and weights, whatever the metadata are.
std::string graph_hash(const std::string& onnx, const std::string& where);

// The file to be written: `onnx` whose contract promises a seal, with `certificate` (none if empty) and the seal.
std::string finished_file(const std::string& onnx, const std::string& certificate, const std::string& where);

}  // namespace facemat

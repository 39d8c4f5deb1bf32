#pragma once
// Why a file does not answer what the network answers: the usual mistakes are tried one by one, and the one that makes the
// difference go away is named.

#include <string>
#include <vector>

#include "export/product/structure.h"
#include "export/proof/parity.h"

namespace facemat {

// For a parity that is over its limit, one line each: where it is worst; where it first was over the limit; whether a state or
// alpha drifted first; and the cause, from what was computed: alpha inverted, colours swapped, another range of values, guides
// of the other polarity, states not carried on, another ratio, other weights (stored tensors compared with those of a fresh
// export), or a precision that cannot hold the limit. "none of ... explains it" if so.
std::vector<std::string> explain(const TrainedModel& model, const std::string& onnx, const Parity& parity,
                                 const ExportConfig& config, const std::string& where);

// The checks of a file against the model it came from: the weights' hash, and the comparison, explained if it fails. Never
// throws for what is wrong with the file.
std::vector<Finding> check_against(const TrainedModel& model, const std::string& onnx, const ExportConfig& config,
                                   const std::string& where, const FrameDone& done = {});

// The settings a file was exported with, as far as its certificate tells: those of `config` otherwise.
ExportConfig with_settings_of(const std::string& onnx, const ExportConfig& config, const std::string& where);

}  // namespace facemat

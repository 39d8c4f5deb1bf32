#pragma once
// The execution providers of ONNX Runtime under short names: what runs a model, and on which device.

#include <string>
#include <vector>

namespace facemat {

// How a model is run.
struct SessionOptions {
  int threads = 0;                   // of one operator; 0: as many as the machine has
  std::string provider = "cpu";      // a name of providers(), or auto: the first on the table that works here, else cpu
  int device = 0;                    // which of the provider's devices; cpu has none
  std::string optimisation = "all";  // of the graph: none | basic | extended | all
  // A graph for any size is prepared for a clip's own from its second frame on: faster, for the model's weights once more in
  // memory (prepared_graphs.h). With the provider cpu only.
  bool prepare = true;
};

// THE PROVIDER TABLE, the fastest first. To add one: a line in providers.cpp.
struct Provider {
  std::string name;       // "cuda"
  std::string long_name;  // ONNX Runtime's, "CUDAExecutionProvider"
  bool automatic;         // taken by auto; TensorRT is not: it compiles for minutes, anew for every size
};
const std::vector<Provider>& providers();

// Those of the table that the linked ONNX Runtime was built with. One may still fail to open: for want of a driver or a device.
std::vector<std::string> available_providers();

// The provider called `name`. Throws Error that lists the available ones: if it is not on the table, or not one of them.
const Provider& find_provider(const std::string& name);

std::string runtime_version();                 // of ONNX Runtime, "1.21.0"
std::vector<std::string> runtime_providers();  // all this ONNX Runtime was built with, by their long names

}  // namespace facemat

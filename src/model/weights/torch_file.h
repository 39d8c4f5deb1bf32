#pragma once
// Tensors by name from the files PyTorch writes. The formats are read here, not by LibTorch, whose readers trust a file: sizes
// and offsets beyond the file's bytes are taken as given, and loading a TorchScript archive compiles the code in it. Here only
// tensors are read, code and objects of Python classes are passed over.

#include <torch/torch.h>

#include <map>
#include <string>
#include <string_view>

namespace facemat {

struct TorchFile {
  std::map<std::string, torch::Tensor> tensors;  // by dotted name, on the CPU, of the type they were stored with
  bool scripted = false;                         // a TorchScript archive, not a state dict
};

// Whether a file's bytes begin as those of torch.save (a zip archive; before PyTorch 1.6, or with
// _use_new_zipfile_serialization=False, a certain number), torch.jit.save or LibTorch's pickle_save (zip archives).
bool is_torch_file(std::string_view bytes);

// The tensors of a state dict (also as entry "state_dict", "model_state_dict", "model" or "network" of a checkpoint), or of a
// TorchScript archive's module. A prefix "module." that all names have (data-parallel training) is taken away. Types: floats of
// 64, 32 and 16 bits, bfloat16, integers, bool. Throws Error, prefixed by `where`, on anything malformed, and if there are no
// tensors.
TorchFile decode_torch_file(std::string_view bytes, const std::string& where);

}  // namespace facemat

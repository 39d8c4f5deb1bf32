#pragma once
// The commands of `facemat` and the program behind each.

#include <string>
#include <vector>

namespace facemat {

struct Command {
  std::string name;                    // one word, or two ("bench data")
  std::string program;                 // beside the launcher
  std::vector<std::string> arguments;  // put before the user's
  std::string help;
};

inline const std::vector<Command>& commands() {
  static const std::vector<Command> table = {
      {"data", "facemat-data", {}, "build, check, look at and describe training data"},
      {"train", "facemat-train", {}, "train the teacher, or the student from it"},
      {"eval", "facemat-eval", {}, "measure a model or a folder of mattes"},
      {"report", "facemat-eval", {"report"}, "turn results into a page and tables, or stop on a worse one"},
      {"card", "facemat-eval", {"card"}, "a model card from results"},
      {"export", "facemat-export", {}, "write a trained model as ONNX"},
      {"verify", "facemat-export", {"verify"}, "prove that an ONNX file answers as the model does"},
      {"bench data", "facemat-data", {"bench"}, "how fast training data is made here"},
      {"bench metrics", "facemat-eval", {"bench"}, "how fast the metrics are here"},
      {"bench train", "facemat-train", {"bench"}, "how fast a training step is here"},
      {"bench composite", "facemat-composite", {"bench"}, "how fast frames are composited here"},
      {"bench runtime", "facemat-export", {"bench"}, "how fast exported models are here"},
      {"composite", "facemat-composite", {}, "put a swapped face or a filter under what covers the face"},
  };
  return table;
}

}  // namespace facemat

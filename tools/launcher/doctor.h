#pragma once
// What this installation consists of, and what is missing or badly set on this machine.

#include <filesystem>
#include <string>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

struct DoctorFinding {
  std::string name, value;
  std::string advice;  // what to do; empty: all is well
};

// Looks at the programs in `programs` (the folder of this one), the libraries, the machine and the test data.
std::vector<DoctorFinding> examine(const fs::path& programs);

std::string findings_text(const std::vector<DoctorFinding>& findings);
std::string findings_json(const std::vector<DoctorFinding>& findings);  // an array of {name, value, advice}

}  // namespace facemat

#pragma once
// The zip archives that torch.save and TorchScript write (PKWARE, APPNOTE 6.3.9, sections 4.3 and 4.4; with ZIP64): records are
// stored as they are, so each is a part of the archive's bytes.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace facemat {

class ZipArchive {
 public:
  struct Record {
    uint64_t offset, size;  // of the local header; of the stored bytes
    uint32_t checksum;
    bool stored;  // not compressed
  };

  // Reads the directory. `bytes` outlive the archive. Throws Error, prefixed by `where`, on anything malformed.
  ZipArchive(std::string_view bytes, std::string where);

  const std::map<std::string, Record>& records() const { return records_; }

  // The bytes of a record, a view into the archive. Throws Error if there is none of this name, if it is compressed, or if its
  // checksum differs.
  std::string_view read(const std::string& name) const;

 private:
  std::string_view bytes_;
  std::string where_;
  std::map<std::string, Record> records_;
};

}  // namespace facemat

#pragma once
// The few pieces of HTML the report is made of.

#include <string>
#include <string_view>

namespace facemat {

// `text` with & < > " ' replaced, safe between tags and in attributes.
std::string escaped(std::string_view text);

std::string base64(std::string_view bytes);

// The page around `body`: styles inline, nothing fetched from anywhere.
std::string html_page(const std::string& title, const std::string& body);

}  // namespace facemat

#pragma once
// The few pieces of HTML the report is made of.

#include <string>
#include <string_view>

namespace facemat {

// `text` with & < > " ' replaced, safe between tags and in attributes.
std::string escaped(std::string_view text);

// JSON as the content of a script block: & < > become \u escapes, so that no text in it can end the block or begin a comment.
std::string json_for_script(std::string_view json);

std::string base64(std::string_view bytes);

struct PageParts {
  std::string title;  // text
  std::string style;  // CSS
  std::string body;   // HTML
  std::string script;
};

// The page around `parts.body`. A policy in its head lets a browser use what is in the page and nothing else: no network.
std::string html_page(const PageParts& parts);

}  // namespace facemat

#include "eval/tables/table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace facemat {
namespace {

using Row = std::vector<Cell>;

// --- Markdown

std::string one_line(const std::string& raw) {
  std::string out;
  for (const char c : raw) out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  return out;
}

std::string markdown_row(const std::vector<std::string>& cells) { return fmt::format("| {} |\n", fmt::join(cells, " | ")); }

std::string markdown_cell(const Cell& cell) {
  const std::string text = markdown_text(cell_text(cell));
  return cell.best ? "**" + text + "**" : text;
}

// --- LaTeX

// What stands for a character or symbol in running text; empty: the character itself.
std::string latex_symbol(const std::string& symbol) {
  static const std::map<std::string, std::string> table = {
      {"_", "\\_"},
      {"%", "\\%"},
      {"&", "\\&"},
      {"#", "\\#"},
      {"$", "\\$"},
      {"{", "\\{"},
      {"}", "\\}"},
      {"~", "\\textasciitilde{}"},
      {"^", "\\textasciicircum{}"},
      {"\\", "\\textbackslash{}"},
      {"<", "\\textless{}"},
      {">", "\\textgreater{}"},
      {"|", "\\textbar{}"},
      {"↓", "$\\downarrow$"},
      {"↑", "$\\uparrow$"},
      {"≤", "$\\leq$"},
      {"σ", "$\\sigma$"},
      {"±", "$\\pm$"},
      {"–", "--"},
  };
  const auto found = table.find(symbol);
  return found == table.end() ? symbol : found->second;
}

// Bytes of the UTF-8 character that starts with `lead`; a stray continuation byte counts as one.
size_t character_length(unsigned char lead) { return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1; }

std::string latex_text(const std::string& raw) {
  const std::string text = one_line(raw);
  std::string out;
  for (size_t i = 0, length = 0; i < text.size(); i += length) {
    length = character_length(static_cast<unsigned char>(text[i]));
    out += latex_symbol(text.substr(i, length));
  }
  return out;
}

std::string latex_row(const std::vector<std::string>& cells) { return fmt::format("{} \\\\\n", fmt::join(cells, " & ")); }

std::string latex_cell(const Cell& cell) {
  const std::string text = latex_text(cell_text(cell));
  return cell.best ? "\\textbf{" + text + "}" : text;
}

// A bracket at the start of a row would be read as the option of the line break before it.
std::string guarded(const std::string& row) { return row[0] == '[' || row[0] == '*' ? "{}" + row : row; }

// --- CSV

std::string csv_field(const std::string& raw) {
  if (raw.find_first_of(",\"\r\n") == std::string::npos) return raw;
  std::string out = "\"";
  for (const char c : raw) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string csv_row(const std::vector<std::string>& fields) { return fmt::format("{}\r\n", fmt::join(fields, ",")); }

bool has_interval(const Table& table, size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const Row& row) { return row[column].interval.has_value(); });
}

std::vector<std::string> csv_cells(const Cell& cell, bool interval) {
  std::vector<std::string> fields = {cell.number ? fmt::format("{}", *cell.number) : csv_field(cell.text)};
  const bool bounds = cell.interval && bounded(*cell.interval);
  if (interval) fields.push_back(bounds ? fmt::format("{}", cell.interval->low) : "");
  if (interval) fields.push_back(bounds ? fmt::format("{}", cell.interval->high) : "");
  return fields;
}

template <typename Range>
void append(std::vector<std::string>& to, const Range& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

int decimals_for(double value) {
  const double size = std::abs(value);
  return size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
}

std::string number_text(double value, int decimals) {
  const std::string text = fmt::format("{:.{}f}", value, decimals);
  return text[0] == '-' && text.find_first_not_of("-0.") == std::string::npos ? text.substr(1) : text;
}

std::string cell_text(const Cell& cell) {
  if (!cell.number) return cell.text;
  std::string number = number_text(*cell.number, cell.decimals);
  if (!cell.interval || !bounded(*cell.interval)) return number;
  return fmt::format("{} [{}, {}]", number, number_text(cell.interval->low, cell.decimals),
                     number_text(cell.interval->high, cell.decimals));
}

std::string column_text(const Column& column) {
  return column.title + (column.better == "lower" ? " ↓" : column.better == "higher" ? " ↑" : "");
}

std::string markdown_text(const std::string& raw) {
  static const std::string kSpecial = "\\|`*<";
  std::string out;
  for (const char c : one_line(raw)) out += kSpecial.find(c) == std::string::npos ? std::string(1, c) : std::string{'\\', c};
  return out;
}

std::string markdown_grid(const Table& table) {
  std::vector<std::string> titles;
  std::string rule = "|";
  for (const Column& column : table.columns) {
    titles.push_back(markdown_text(column_text(column)));
    rule += column.text ? "---|" : "---:|";
  }
  std::string text = markdown_row(titles) + rule + "\n";
  for (const Row& row : table.rows) {
    std::vector<std::string> cells;
    for (const Cell& cell : row) cells.push_back(markdown_cell(cell));
    text += markdown_row(cells);
  }
  return text;
}

std::string to_markdown(const Table& table) {
  std::string text = table.title.empty() ? "" : "### " + markdown_text(table.title) + "\n\n";
  text += markdown_grid(table);
  return table.note.empty() ? text : text + "\n" + markdown_text(table.note) + "\n";
}

std::string to_latex(const Table& table) {
  std::string layout;
  std::vector<std::string> titles;
  for (const Column& column : table.columns) {
    layout += column.text ? 'l' : 'r';
    titles.push_back(latex_text(column_text(column)));
  }
  std::string text =
      fmt::format("\\begin{{table}}\n\\centering\n\\caption{{{}}}\n\\label{{tab:{}}}\n\\begin{{tabular}}{{{}}}\n\\toprule\n",
                  latex_text(table.note.empty() ? table.title : table.title + ". " + table.note), table.name, layout);
  text += latex_row(titles) + "\\midrule\n";
  for (const Row& row : table.rows) {
    std::vector<std::string> cells;
    for (const Cell& cell : row) cells.push_back(latex_cell(cell));
    text += guarded(latex_row(cells));
  }
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n";
}

std::string to_csv(const Table& table) {
  std::vector<std::string> titles;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const std::string& title = table.columns[c].title;
    titles.push_back(csv_field(title));
    if (has_interval(table, c)) append(titles, std::array{csv_field(title + " low"), csv_field(title + " high")});
  }
  std::string text = csv_row(titles);
  for (const Row& row : table.rows) {
    std::vector<std::string> fields;
    for (size_t c = 0; c < row.size(); ++c) append(fields, csv_cells(row[c], has_interval(table, c)));
    text += csv_row(fields);
  }
  return text;
}

}  // namespace facemat

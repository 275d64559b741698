// C++ as tidy reads it: not a compiler, but enough to tell code from comments, a declaration from a use, and where a
// function begins and ends. For test/tidy only; every function is one of text, so that each is tested on text that was
// written to be wrong (code_text_test).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace maestro::tidy {

/// Comments, literals and preprocessor lines are blanked; everything else stays in its place.
std::string code_of(const std::string& text);

/// Every run of blanks and newlines is one blank.
std::string in_one_line(const std::string& text);

struct prose {
  std::size_t line = 0; ///< where it begins, from 1
  std::string text;     ///< comments on consecutive lines are one, in one line
};
std::vector<prose> comments_of(const std::string& text);

/// What is declared in a header, or defined in a body, outside of functions.
enum class declaration_kind { function, field, enumerator };
struct declaration {
  declaration_kind kind;
  std::string name;
  std::string of; ///< an enumerator's enum, where it must be named
  std::size_t line = 0;
};

/// A name where it is not declared.
struct use {
  std::string name;
  std::string of;             ///< what stands before `::`
  bool is_case_label = false; ///< `case of::name:`, which does nothing but tell that it exists
};

struct function_body {
  std::string name;
  std::size_t line = 0;
  std::size_t lines = 0; ///< from its head to its closing brace
};

struct outline {
  std::vector<declaration> declarations;
  std::vector<use> uses; ///< macros' texts included, `inspect` and its macros not: they list every field
  std::vector<function_body> functions;
  std::vector<std::string> opened_enums; ///< `using enum X`
};
outline outline_of(const std::string& text);

} // namespace maestro::tidy

#include "test/tidy/code_text.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace maestro::tidy {

namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Walks over a text and says what each part of it is.
class lexer {
public:
  enum class part { code, literal, comment, directive };

  explicit lexer(const std::string& text) : text_(text) {}

  template <class Visit> // visit(part, begin, end)
  void run(Visit visit) {
    while (at_ < text_.size()) {
      auto begin = at_;
      auto what = next();
      visit(what, begin, at_);
    }
  }

private:
  bool here(const char* start) const {
    return text_.compare(at_, std::char_traits<char>::length(start), start) == 0;
  }
  void skip_to(const std::string& end, bool including) {
    auto found = text_.find(end, at_);
    at_ = found == text_.npos ? text_.size() : found + (including ? end.size() : 0);
  }

  part next() {
    if (here("//")) {
      skip_to("\n", false);
      return part::comment;
    }
    if (here("/*")) {
      at_ += 2;
      skip_to("*/", true);
      return part::comment;
    }
    if (here("R\"") && (at_ == 0 || !is_word(text_[at_ - 1]))) {
      auto open = text_.find('(', at_);
      auto mark = text_.substr(at_ + 2, open - at_ - 2);
      at_ = open;
      skip_to(")" + mark + "\"", true);
      return part::literal;
    }
    if (text_[at_] == '"' || is_character())
      return quoted(text_[at_]);
    if (text_[at_] == '#' && is_first_of_line())
      return directive();
    ++at_;
    return part::code;
  }

  /// Not a separator of digits.
  bool is_character() const {
    return text_[at_] == '\'' && (at_ == 0 || !is_word(text_[at_ - 1]) || text_[at_ - 1] == 'u');
  }

  part quoted(char mark) {
    for (++at_; at_ < text_.size() && text_[at_] != mark && text_[at_] != '\n'; ++at_)
      at_ += text_[at_] == '\\';
    at_ = std::min(at_ + 1, text_.size());
    return part::literal;
  }

  bool is_first_of_line() const {
    auto start = text_.rfind('\n', at_);
    start = start == text_.npos ? 0 : start + 1;
    return text_.find_first_not_of(" \t", start) == at_;
  }

  part directive() {
    do {
      skip_to("\n", true);
    } while (at_ >= 2 && at_ < text_.size() && text_[at_ - 2] == '\\');
    if (at_ > 0 && text_[at_ - 1] == '\n')
      --at_;
    return part::directive;
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

struct token {
  std::string text;
  std::size_t line;

  bool is_name() const { return is_word(text[0]) && std::isdigit(static_cast<unsigned char>(text[0])) == 0; }
};

std::vector<token> tokens_of(const std::string& code) {
  std::vector<token> all;
  std::size_t line = 1;
  for (std::size_t at = 0; at < code.size();) {
    char c = code[at];
    line += c == '\n';
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++at;
      continue;
    }
    auto end = at + 1;
    if (is_word(c))
      while (end < code.size() && is_word(code[end]))
        ++end;
    else if (end < code.size() && ((c == ':' && code[end] == ':') || (c == '-' && code[end] == '>')))
      ++end;
    all.push_back({code.substr(at, end - at), line});
    at = end;
  }
  return all;
}

const std::set<std::string>& no_types() {
  static const std::set<std::string> words{"return",   "co_return", "else",    "new",   "delete", "throw",
                                           "case",     "goto",      "and",     "or",    "not",    "sizeof",
                                           "operator", "decltype",  "if",      "while", "for",    "switch",
                                           "alignas",  "noexcept",  "requires"};
  return words;
}

/// Reads tokens scope by scope.
class outliner {
public:
  explicit outliner(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

  outline read() {
    scopes_.push_back({scope_kind::open, 0, {}});
    for (at_ = 0; at_ < tokens_.size(); ++at_)
      step(tokens_[at_]);
    return std::move(found_);
  }

private:
  enum class scope_kind { open, record, enumeration, body };
  struct scope {
    scope_kind kind;
    std::size_t head;
    std::string name; ///< of a function or an enum
  };

  const std::string& before(std::size_t at, std::size_t back = 1) const {
    static const std::string none;
    return at >= back ? tokens_[at - back].text : none;
  }
  const std::string& after(std::size_t at) const {
    static const std::string none;
    return at + 1 < tokens_.size() ? tokens_[at + 1].text : none;
  }
  scope& top() { return scopes_.back(); }
  bool is_declaring() const {
    return scopes_.back().kind == scope_kind::open || scopes_.back().kind == scope_kind::record;
  }

  void step(const token& it) {
    if (it.text == "(" || it.text == "[")
      ++parens_;
    if (it.text == ")" || it.text == "]")
      leave_parens();
    if (it.text == ":" && is_access(before(at_)))
      return begin_statement();
    if (it.text == "{")
      return open();
    if (it.text == "}")
      return close();
    if (it.text == ";" && parens_ == 0)
      return end_statement();
    if (it.is_name())
      name(it);
  }

  bool head_has(const char* word) const {
    for (auto i = head_; i < at_; ++i)
      if (tokens_[i].text == word)
        return true;
    return false;
  }

  static bool is_access(const std::string& word) {
    return word == "public" || word == "private" || word == "protected";
  }

  /// A macro that is no function ends with its parenthesis.
  void leave_parens() {
    parens_ = std::max(0, parens_ - 1);
    if (parens_ == 0 && is_declaring() && is_macro(tokens_[head_].text) && after(at_) != "{" && after(at_) != ";")
      begin_statement();
  }
  static bool is_macro(const std::string& word) {
    return word.size() > 1 && std::all_of(word.begin(), word.end(), [](char c) {
             return c == '_' || (is_word(c) && std::islower(static_cast<unsigned char>(c)) == 0);
           });
  }

  /// Of a member, between a constructor's `:` and its body.
  bool is_initializer() const {
    return !function_.empty() && head_has(":") &&
           (before(at_) == ">" || (!before(at_).empty() && is_word(before(at_)[0])));
  }

  void open() {
    auto kind = scope_kind::body;
    std::string named;
    bool is_outside = is_declaring() && parens_ == 0 && !is_initializer();
    if (is_outside && head_has("enum")) {
      kind = scope_kind::enumeration;
      if (head_has("class") || head_has("struct"))
        for (auto i = head_; i < at_ && tokens_[i].text != ":"; ++i)
          named = tokens_[i].text;
    } else if (is_outside && function_.empty() && (head_has("namespace") || head_has("extern"))) {
      kind = scope_kind::open;
    } else if (is_outside && function_.empty() && !head_has("=") &&
               (head_has("struct") || head_has("class") || head_has("union"))) {
      kind = scope_kind::record;
    } else if (is_outside) {
      named = function_;
    }
    scopes_.push_back({kind, head_, named});
    saved_parens_.push_back(parens_);
    parens_ = 0;
    if (kind != scope_kind::body)
      begin_statement();
  }

  void close() {
    if (scopes_.size() == 1)
      return;
    auto ended = top();
    scopes_.pop_back();
    parens_ = saved_parens_.back();
    saved_parens_.pop_back();
    if (ended.kind == scope_kind::body && is_declaring() && parens_ == 0) {
      if (!ended.name.empty()) {
        auto first = tokens_[ended.head].line;
        found_.functions.push_back({ended.name, first, tokens_[at_].line - first + 1});
      }
      bool goes_on = after(at_) == ";" || after(at_) == "," || after(at_) == "{" || after(at_) == ")";
      if (!ended.name.empty() || !goes_on)
        begin_statement();
      return;
    }
    if (ended.kind != scope_kind::body)
      begin_statement();
  }

  void begin_statement() {
    head_ = at_ + 1;
    function_.clear();
  }

  void end_statement() {
    if (is_declaring() && function_.empty() && !head_has("operator") && !head_has("using") &&
        !head_has("friend") && !head_has("typedef"))
      note_field();
    if (is_declaring())
      begin_statement();
  }

  /// `type name;`, `type name = …;`, `type name{…};`
  void note_field() {
    std::size_t last = 0;
    int angles = 0;
    for (auto i = head_; i < at_; ++i) {
      auto& text = tokens_[i].text;
      angles += text == "<" ? 1 : text == ">" ? -1 : 0;
      if (angles == 0 && (text == "=" || text == "{" || text == "[" || text == ":"))
        break;
      last = tokens_[i].is_name() ? i : 0;
    }
    if (last > head_ && before(last) != "::" && before(last) != "struct" && before(last) != "class") {
      forget_use(last);
      found_.declarations.push_back({declaration_kind::field, tokens_[last].text, {}, tokens_[last].line});
    }
  }

  /// It was read as one before the statement turned out to declare it.
  void forget_use(std::size_t at) {
    for (auto i = used_at_.size(); i > 0 && used_at_[i - 1] >= at; --i)
      if (used_at_[i - 1] == at)
        found_.uses[i - 1].name.clear();
  }

  void name(const token& it) {
    if (top().kind == scope_kind::enumeration) {
      if (before(at_) == "{" || before(at_) == ",")
        found_.declarations.push_back({declaration_kind::enumerator, it.text, top().name, it.line});
      return;
    }
    if (it.text == "enum" && before(at_) == "using")
      found_.opened_enums.push_back(last_of_chain(at_ + 1));
    if (it.text == "override" && !found_.declarations.empty() && found_.declarations.back().name == function_)
      found_.declarations.pop_back(); // called by the name that it overrides
    if (is_declaring() && parens_ == 0 && it.text == "operator" && function_.empty())
      function_ = it.text;
    if (is_declaring() && parens_ == 0 && after(at_) == "(" && is_declared_here())
      return;
    if (is_listing_fields())
      return;
    used_at_.push_back(at_);
    found_.uses.push_back({it.text, before(at_) == "::" ? before(at_, 2) : std::string(), is_label()});
  }

  std::string last_of_chain(std::size_t at) const {
    while (after(at) == "::")
      at += 2;
    return at < tokens_.size() ? tokens_[at].text : std::string();
  }

  bool is_declared_here() {
    auto first = at_;
    while (before(first) == "::" || before(first) == "~")
      first -= before(first) == "~" ? 1 : std::min<std::size_t>(first, 2);
    if (head_has("=") || !function_.empty())
      return false;
    auto& type = before(first);
    bool is_typed = first > head_ && !type.empty() &&
                    (is_word(type[0]) || type == ">" || type == "*" || type == "&") && !no_types().contains(type);
    bool is_constructor = first == head_ || type == "explicit" || before(at_) == "~";
    if (!is_typed && !is_constructor)
      return false;
    function_ = tokens_[at_].text;
    if (is_typed && type != "explicit" && type != "constexpr" && first == at_)
      found_.declarations.push_back({declaration_kind::function, function_, {}, tokens_[at_].line});
    return true;
  }

  bool is_listing_fields() const {
    for (auto& each : scopes_)
      if (each.kind == scope_kind::body && each.name == "inspect")
        return true;
    return parens_ > 0 && is_declaring() && tokens_[head_].text.starts_with("MAESTRO_INSPECT");
  }

  bool is_label() const {
    auto first = at_;
    while (before(first) == "::")
      first -= std::min<std::size_t>(first, 2);
    return before(first) == "case";
  }

  std::vector<token> tokens_;
  std::size_t at_ = 0;
  std::size_t head_ = 0;
  int parens_ = 0;
  std::vector<int> saved_parens_;
  std::vector<scope> scopes_;
  std::string function_;             ///< declared by the statement that is being read
  std::vector<std::size_t> used_at_; ///< the token of each of found_.uses
  outline found_;
};

} // namespace

std::string code_of(const std::string& text) {
  std::string code(text);
  lexer(text).run([&](lexer::part what, std::size_t begin, std::size_t end) {
    if (what != lexer::part::code)
      for (auto i = begin; i < end; ++i)
        if (code[i] != '\n')
          code[i] = ' ';
  });
  return code;
}

std::string in_one_line(const std::string& text) {
  std::string line;
  for (char c : text)
    if (bool blank = std::isspace(static_cast<unsigned char>(c)) != 0; !blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  return line;
}

std::vector<prose> comments_of(const std::string& text) {
  std::vector<prose> all;
  std::size_t line = 1, last_line = 0, last_at = 0;
  lexer(text).run([&](lexer::part what, std::size_t begin, std::size_t end) {
    auto first = line;
    line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                                text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    if (what != lexer::part::comment)
      return;
    auto words = text.substr(begin, end - begin);
    for (std::size_t at = 0; at < words.size(); ++at) // the marks at the beginning of its lines
      if (at == 0 || words[at] == '\n') {
        words[at] = words[at] == '\n' ? ' ' : words[at];
        for (; at < words.size() && std::string("/*! <").find(words[at]) != std::string::npos; ++at)
          words[at] = ' ';
      }
    auto between = text.substr(last_at, begin - last_at);
    bool goes_on = !all.empty() && first == last_line + 1 && between.find_first_not_of(" \t\n") == between.npos;
    if (goes_on)
      all.back().text += " " + words;
    else
      all.push_back({first, words});
    last_line = line;
    last_at = end;
  });
  for (auto& each : all)
    each.text = in_one_line(each.text);
  return all;
}

outline outline_of(const std::string& text) {
  auto found = outliner(tokens_of(code_of(text))).read();
  lexer(text).run([&](lexer::part what, std::size_t begin, std::size_t end) {
    if (what == lexer::part::directive)
      for (auto& word : tokens_of(text.substr(begin, end - begin)))
        if (word.is_name())
          found.uses.push_back({word.text, {}, false});
  });
  return found;
}

} // namespace maestro::tidy

// What tidy demands of words: that documents, sections, paths and names that the tree speaks of exist, and that nothing
// is declared for nobody. Each check is a function of texts that returns complaints; tidy_test asks them about the tree,
// checks_test about trees that were made to be wrong.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace maestro::tidy {

using complaints = std::vector<std::string>;
/// Path relative to the root to text; of folders the path alone, with an empty text.
using file_texts = std::map<std::string, std::string>;

/// `proto/README.md 4.2 and 4.3` or `proto/README.md 1.6 R6` in any text of `speaking`: the document, its sections and the
/// routes must exist in `tree`.
complaints unknown_sections(const file_texts& speaking, const file_texts& tree);

/// Links of documents, as `[2 schedulers](#2-schedulers)`: into the same document, or to a file beside it.
complaints dead_links(const file_texts& speaking, const file_texts& tree);

/// Paths that comments (of code) or back-ticks (of documents) name, as `actors/rules` or `shim/shim.h`.
complaints unknown_paths(const file_texts& speaking, const file_texts& tree);

/// Functions, fields and enumerators that headers of `shipped` declare and nothing in `shipped` uses; `case` labels and
/// lists of all fields are no use. An exception is `header: name`, or `header: enum::*`, with its reason; one that is
/// not needed any more is a complaint, too.
complaints dead_declarations(const file_texts& shipped, const std::map<std::string, std::string>& exceptions);

/// Functions of more lines than that.
complaints long_functions(const file_texts& code, std::size_t limit);

/// Files that say a word without being allowed to, and those that are allowed and do not say it.
complaints said_elsewhere(const file_texts& code, const std::string& word,
                          const std::map<std::string, std::string>& allowed);

} // namespace maestro::tidy

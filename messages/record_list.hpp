// Encoded records one behind the other in one piece of memory: the tail of a stream on its way from the journal to
// the actor that replays it. A million small strings would be a million allocations.
#pragma once

#include "messages/inspect.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace maestro {

class record_list {
public:
  class const_iterator {
  public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    const_iterator() = default;
    const_iterator(const record_list* list, std::size_t index) : list_(list), index_(index) {}
    std::string_view operator*() const { return (*list_)[index_]; }
    const_iterator& operator++() {
      ++index_;
      return *this;
    }
    const_iterator operator++(int) { return {list_, index_++}; }
    friend bool operator==(const const_iterator&, const const_iterator&) = default;

  private:
    const record_list* list_ = nullptr;
    std::size_t index_ = 0;
  };
  using iterator = const_iterator;
  using value_type = std::string_view;
  using const_reference = std::string_view;

  void push_back(std::string_view record) {
    bytes.append(record);
    ends.push_back(bytes.size());
  }

  std::size_t size() const { return ends.size(); }
  bool empty() const { return ends.empty(); }
  std::string_view operator[](std::size_t index) const {
    auto begin = index == 0 ? 0 : ends[index - 1];
    return std::string_view(bytes).substr(begin, ends[index] - begin);
  }
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, ends.size()}; }

  std::string bytes;
  std::vector<std::uint64_t> ends; ///< of each record in `bytes`
};
MAESTRO_INSPECT(record_list, x.bytes, x.ends)

} // namespace maestro

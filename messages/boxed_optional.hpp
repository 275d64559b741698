// A value that may be absent and is, most of the time: then it takes a pointer's room, where std::optional keeps all of the
// value's. Reads, compares and copies like std::optional, and is written by the journal like one (messages/wire). For big parts
// of values that are kept by the thousand.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace maestro {

template <class T>
class boxed_optional {
public:
  boxed_optional() = default;
  boxed_optional(std::nullopt_t) {}
  boxed_optional(T value) : value_(std::make_unique<T>(std::move(value))) {}
  boxed_optional(const boxed_optional& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
  boxed_optional(boxed_optional&&) noexcept = default;
  boxed_optional& operator=(const boxed_optional& other) { return *this = boxed_optional(other); }
  boxed_optional& operator=(boxed_optional&&) noexcept = default;
  ~boxed_optional() = default;

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return has_value(); }

  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

  T& emplace() { return *(value_ = std::make_unique<T>()); }
  void reset() { value_.reset(); }

  friend bool operator==(const boxed_optional& a, const boxed_optional& b) {
    return a.has_value() == b.has_value() && (!a || *a == *b);
  }

private:
  std::unique_ptr<T> value_;
};

} // namespace maestro

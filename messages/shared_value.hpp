// A value that is made once and never changes, so that everybody who keeps it keeps the same one: ten thousand
// schedulers stand in their table, in the directory and in their pool. Reads like the value; between nodes it
// travels as the value.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace maestro {

template <class T>
class shared_value {
public:
  shared_value() : value_(empty()) {}
  shared_value(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }
  operator const T&() const { return *value_; }
  /// The very same one, not only an equal one.
  bool is(const shared_value& other) const { return value_ == other.value_; }

  friend bool operator==(const shared_value& a, const shared_value& b) { return a.is(b) || *a == *b; }

private:
  static const std::shared_ptr<const T>& empty() {
    static const auto nothing = std::make_shared<const T>();
    return nothing;
  }

  std::shared_ptr<const T> value_;
};

template <class T>
requires requires(const T& value) {
  encode(value);
}
std::string encode(const shared_value<T>& x) {
  return encode(*x);
}
template <class T>
requires requires(std::string_view bytes, T& value) {
  decode(bytes, value);
}
bool decode(std::string_view bytes, shared_value<T>& x) {
  T value;
  if (!decode(bytes, value))
    return false;
  x = std::move(value);
  return true;
}

} // namespace maestro

// One line for each message: how CAF 0.17 reads and writes its fields. Needs no CAF header, so that value types
// stay free of it. `x` is the value inside the list.
#pragma once

#define MAESTRO_INSPECT(type, ...)                                                                                \
  template <class Inspector>                                                                                      \
  typename Inspector::result_type inspect(Inspector& f, type& x) {                                                \
    return f(__VA_ARGS__);                                                                                        \
  }
#define MAESTRO_INSPECT_EMPTY(type)                                                                               \
  template <class Inspector>                                                                                      \
  typename Inspector::result_type inspect(Inspector& f, type&) {                                                  \
    return f();                                                                                                   \
  }

// What CAF makes of each message type (how it is copied, written, read and shown), compiled once (messages/made_once_*.cpp) and not in each
// file that sends one (figures: deploy/README.md). Part of the precompiled header of all targets
// that speak CAF; a file that is compiled without it makes its own, which is the same.
#pragma once

#include "messages/type_ids.hpp"

#include <caf/all.hpp>

// It leans on what CAF keeps to itself: the names of these templates.
static_assert(CAF_VERSION == 1706, "read made_once again with the sources of this CAF beside it");

namespace caf {

// Declared by CAF for every type, and right for none: nobody calls it.
#define MAESTRO_MADE_ONCE(type)                                                                                   \
  template <>                                                                                                     \
  inline void mailbox_element_vals<maestro::type>::dispose() noexcept {}                                          \
  extern template class detail::tuple_vals_impl<detail::message_data, maestro::type>;                             \
  extern template class detail::tuple_vals_impl<type_erased_tuple, maestro::type>;                                \
  extern template class detail::tuple_vals<maestro::type>;                                                        \
  extern template class detail::type_erased_value_impl<maestro::type>;                                            \
  extern template class mailbox_element_vals<maestro::type>;
MAESTRO_MESSAGES(MAESTRO_MADE_ONCE)
#undef MAESTRO_MADE_ONCE

} // namespace caf

/// In one file each: MAESTRO_ROOM_MESSAGES(MAESTRO_MAKE_ONCE)
#define MAESTRO_MAKE_ONCE(type)                                                                                   \
  template class caf::detail::tuple_vals_impl<caf::detail::message_data, maestro::type>;                          \
  template class caf::detail::tuple_vals_impl<caf::type_erased_tuple, maestro::type>;                             \
  template class caf::detail::tuple_vals<maestro::type>;                                                          \
  template class caf::detail::type_erased_value_impl<maestro::type>;                                              \
  template class caf::mailbox_element_vals<maestro::type>;

// Whether tests and node were built with the address sanitizer (`make test-asan`): its checks take the place of the
// compiler's hardening.
#pragma once

namespace maestro::test {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

} // namespace maestro::test

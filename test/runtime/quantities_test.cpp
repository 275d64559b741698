#include "messages/quantities.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace maestro {

TEST(QuantitiesTest, BytesOfEverySuffix) {
  struct row {
    const char* text;
    std::optional<std::int64_t> value;
  };
  for (auto& [text, value] : {
           row{"0", 0},
           row{"128", 128},
           row{"1Ki", 1024},
           row{"100Mi", 104857600},
           row{"1.5Gi", 1610612736},
           row{"2Ti", 2199023255552},
           row{"1Pi", 1125899906842624},
           row{"7Ei", 8070450532247928832},
           row{"1k", 1000},
           row{"2M", 2000000},
           row{"3G", 3000000000},
           row{"1T", 1000000000000},
           row{"1P", 1000000000000000},
           row{"9E", 9000000000000000000},
           row{"1e3", 1000},
           row{"1E3", 1000},
           row{"1e+3", 1000},
           row{"12e-1", 2},
           row{"+5", 5},
           row{".5Ki", 512},
           row{"5.", 5},
           row{"100m", 1},
           row{"1500m", 2},
           row{"1n", 1},
           row{"0n", 0},
           row{"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
           row{"9223372036854775808", {}},
           row{"8Ei", {}},
           row{"1e99", {}},
           row{"", {}},
           row{".", {}},
           row{"Mi", {}},
           row{"-1", {}},
           row{"12Qx", {}},
           row{"1 Mi", {}},
           row{"1KiB", {}},
           row{"1K", {}},
           row{"1..5", {}},
           row{"1e", {}},
           row{"1e1.5", {}},
           row{"0x10", {}},
           row{"1,5", {}},
       })
    EXPECT_EQ(parse_quantity(text), value) << text;
}

TEST(QuantitiesTest, ThousandthsOfCores) {
  EXPECT_EQ(parse_quantity_milli("100m"), 100);
  EXPECT_EQ(parse_quantity_milli("1"), 1000);
  EXPECT_EQ(parse_quantity_milli("0.5"), 500);
  EXPECT_EQ(parse_quantity_milli("2.5"), 2500);
  EXPECT_EQ(parse_quantity_milli("0.0001"), 1) << "rounded up, as Kubernetes does";
  EXPECT_EQ(parse_quantity_milli("100u"), 1);
  EXPECT_EQ(parse_quantity_milli("9E"), std::nullopt);
  EXPECT_EQ(parse_quantity_milli("abc"), std::nullopt);
}

} // namespace maestro

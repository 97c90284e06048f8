// What a compressed file holds.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <string>

#include "tests/audit/temporary_directory.h"

namespace pgmoat::audit {

inline std::string Gunzipped(const std::filesystem::path& file) {
  std::string text;
  gzFile in = gzopen(file.c_str(), "rb");
  char chunk[65536];
  int got = 0;
  while ((got = gzread(in, chunk, sizeof chunk)) > 0)
    text.append(chunk, static_cast<std::size_t>(got));
  EXPECT_EQ(got, 0) << file;
  EXPECT_EQ(gzclose(in), Z_OK) << file;
  return text;
}

inline std::string Unzstd(const std::filesystem::path& file) {
  const std::string packed = Contents(file);
  std::string text(std::size_t{64} << 20, '\0');
  const std::size_t bytes =
      ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
  EXPECT_EQ(ZSTD_isError(bytes), 0U) << file;
  text.resize(ZSTD_isError(bytes) != 0U ? 0 : bytes);
  return text;
}

inline std::string Unpacked(const std::filesystem::path& file) {
  if (file.extension() == ".gz") return Gunzipped(file);
  return file.extension() == ".zst" ? Unzstd(file) : Contents(file);
}

}  // namespace pgmoat::audit

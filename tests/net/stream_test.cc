#include "proxy/net/stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "tests/net/support.h"

namespace pgmoat::net {
namespace {

using test::SocketPair;

iovec Piece(const std::string& text) { return {const_cast<char*>(text.data()), text.size()}; }

struct Ends {
  Ends() {
    auto [a, b] = SocketPair();
    left = std::make_unique<Stream>(loop, std::move(a));
    right = std::make_unique<Stream>(loop, std::move(b));
  }
  EventLoop loop;
  std::unique_ptr<Stream> left;
  std::unique_ptr<Stream> right;
};

std::string ReadAll(Stream& stream) {
  std::string all;
  std::array<std::byte, 4096> buffer;
  for (;;) {
    const IoResult result = stream.Read(buffer);
    if (result.status != IoStatus::kDone) return all;
    all.append(reinterpret_cast<const char*>(buffer.data()), result.bytes);
  }
}

// Lets both ends speak in turn until both are done or one failed.
std::pair<IoStatus, IoStatus> Handshake(Stream& client, Stream& server) {
  IoStatus c = IoStatus::kWantRead;
  IoStatus s = IoStatus::kWantRead;
  const auto waits = [](IoStatus status) {
    return status == IoStatus::kWantRead || status == IoStatus::kWantWrite;
  };
  for (int i = 0; i < 20 && (waits(c) || waits(s)); ++i) {
    if (waits(c)) c = client.Handshake().status;
    if (waits(s)) s = server.Handshake().status;
  }
  return {c, s};
}

class TlsStream : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto files = test::MakeCertificate(directory_.path(), "db.example");
    server_context_ =
        MakeListenerTls({config::ClientTlsMode::kAllow, files.certificate, files.key});
    config::Upstream upstream;
    upstream.host = "db.example";
    upstream.sslmode = config::SslMode::kVerifyFull;
    upstream.sslrootcert = files.certificate;
    client_context_ = MakeUpstreamTls(upstream);
    ASSERT_TRUE(ends_.left->StartTls(client_context_.get(), TlsRole::kClient));
    ASSERT_TRUE(ExpectHost(ends_.left->ssl(), upstream));
    ASSERT_TRUE(ends_.right->StartTls(server_context_.get(), TlsRole::kServer));
  }

  test::TempDir directory_;
  TlsContext server_context_;
  TlsContext client_context_;
  Ends ends_;
};

TEST(Stream, NothingToReadWantsRead) {
  Ends ends;
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(ends.left->Read(buffer).status, IoStatus::kWantRead);
}

TEST(Stream, PeerThatClosedIsEnd) {
  Ends ends;
  ends.right->Close();
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(ends.left->Read(buffer).status, IoStatus::kEnd);
}

TEST(Stream, PiecesArriveInOrder) {
  Ends ends;
  const std::string a = "one ";
  const std::string b = "two ";
  const std::string c = "three";
  const std::array<iovec, 3> pieces{Piece(a), Piece(b), Piece(c)};
  const IoResult result = ends.left->Write(pieces);
  EXPECT_EQ(result.status, IoStatus::kDone);
  EXPECT_EQ(result.bytes, 13U);
  EXPECT_EQ(ReadAll(*ends.right), "one two three");
}

TEST(Stream, FullSocketWantsWriteAndSaysHowFarItCame) {
  Ends ends;
  const std::string big(1 << 20, 'x');
  const iovec piece = Piece(big);
  const IoResult result = ends.left->Write({&piece, 1});
  EXPECT_EQ(result.status, IoStatus::kWantWrite);
  EXPECT_LT(result.bytes, big.size());
  EXPECT_EQ(ReadAll(*ends.right).size(), result.bytes);
}

TEST(Stream, WriteToAClosedPeerIsAnErrorWithAReason) {
  Ends ends;
  ends.right->Close();
  const std::string text = "x";
  const iovec piece = Piece(text);
  EXPECT_EQ(ends.left->Write({&piece, 1}).status, IoStatus::kError);
  EXPECT_EQ(ends.left->error(), "broken pipe");
}

TEST_F(TlsStream, HandshakeThenBytesBothWays) {
  EXPECT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  EXPECT_STREQ(SSL_get_servername(ends_.right->ssl(), TLSEXT_NAMETYPE_host_name), "db.example");
  const std::string ping = "ping";
  const std::string pong = "pong";
  const std::array<iovec, 2> pieces{Piece(ping), Piece(pong)};
  EXPECT_EQ(ends_.left->Write(pieces).status, IoStatus::kDone);
  EXPECT_EQ(ReadAll(*ends_.right), "pingpong");
  EXPECT_EQ(ends_.right->Write({pieces.data(), 1}).status, IoStatus::kDone);
  EXPECT_EQ(ReadAll(*ends_.left), "ping");
}

TEST_F(TlsStream, SmallPiecesShareARecord) {
  ASSERT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  const std::string row = "a row of data";
  const std::vector<iovec> pieces(100, Piece(row));
  ASSERT_EQ(ends_.left->Write(pieces).status, IoStatus::kDone);
  // One record: five bytes of header, the rows, at most 256 of padding and tag.
  std::array<char, 64 * 1024> raw;
  const ssize_t n = ::recv(ends_.right->fd(), raw.data(), raw.size(), MSG_PEEK);
  EXPECT_GE(n, static_cast<ssize_t>(row.size() * pieces.size()));
  EXPECT_LE(n, static_cast<ssize_t>(row.size() * pieces.size() + 5 + 256));
}

// Payload sizes of what lies in the socket, record by record (RFC 8446 5.1: type, version,
// length).
std::vector<std::size_t> RecordsIn(int fd) {
  std::vector<unsigned char> raw(std::size_t{256} << 10);
  const ssize_t n = ::recv(fd, raw.data(), raw.size(), MSG_PEEK);
  std::vector<std::size_t> sizes;
  for (std::size_t at = 0; n > 0 && at + 5 <= static_cast<std::size_t>(n);) {
    sizes.push_back(std::size_t{raw[at + 3]} << 8 | raw[at + 4]);
    at += 5 + sizes.back();
  }
  return sizes;
}

TEST_F(TlsStream, BulkGoesInFullRecordsAndAllOfIt) {
  int big = 1 << 20;
  ASSERT_EQ(::setsockopt(ends_.left->fd(), SOL_SOCKET, SO_SNDBUF, &big, sizeof big), 0);
  ASSERT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  const std::string head(100, 'h');
  const std::string nothing;
  const std::string bulk(40'000, 'b');
  const std::array<iovec, 4> pieces{Piece(head), Piece(nothing), Piece(bulk), Piece(nothing)};
  const IoResult result = ends_.left->Write(pieces);
  ASSERT_EQ(result.status, IoStatus::kDone);
  EXPECT_EQ(result.bytes, 40'100U);
  const std::vector<std::size_t> records = RecordsIn(ends_.right->fd());
  ASSERT_EQ(records.size(), 3U);
  EXPECT_GE(records[0], 16'384U);
  EXPECT_GE(records[1], 16'384U);
  EXPECT_EQ(ReadAll(*ends_.right), head + bulk);
}

TEST_F(TlsStream, EndBehindBytesIsFoundByTheNextRead) {
  ASSERT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  const std::string text = "last words";
  const iovec piece = Piece(text);
  ASSERT_EQ(ends_.left->Write({&piece, 1}).status, IoStatus::kDone);
  ends_.left->Close();
  std::array<std::byte, 64> buffer;
  EXPECT_EQ(ends_.right->Read(buffer).bytes, text.size());
  EXPECT_EQ(ends_.right->Read(buffer).status, IoStatus::kEnd) << ends_.right->error();
}

// Everything a megabyte of short writes can meet: the retry must repeat the record
// that OpenSSL has sealed, from memory that has moved.
TEST_F(TlsStream, ShortWritesContinueWhereTheyStopped) {
  ASSERT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  std::string sent(1 << 20, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i)
    sent[i] = static_cast<char>(i * 2654435761U >> 24);
  std::string received;
  std::size_t done = 0;
  bool fell_short = false;
  while (done < sent.size()) {
    const std::string moved = sent.substr(done);
    const std::array<iovec, 2> pieces{iovec{const_cast<char*>(moved.data()), moved.size() / 2},
                                      iovec{const_cast<char*>(moved.data()) + moved.size() / 2,
                                            moved.size() - moved.size() / 2}};
    const IoResult result = ends_.left->Write(pieces);
    ASSERT_NE(result.status, IoStatus::kError) << ends_.left->error();
    fell_short = fell_short || result.status == IoStatus::kWantWrite;
    done += result.bytes;
    received += ReadAll(*ends_.right);
  }
  received += ReadAll(*ends_.right);
  EXPECT_TRUE(fell_short);
  EXPECT_TRUE(received == sent);
}

TEST_F(TlsStream, ReadGathersRecordsUntilTheBufferIsFull) {
  ASSERT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  const std::string a(1000, 'a');
  const iovec piece = Piece(a);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(ends_.left->Write({&piece, 1}).status, IoStatus::kDone);
  }
  std::array<std::byte, 4096> buffer;
  EXPECT_EQ(ends_.right->Read(buffer).bytes, 3000U);
  EXPECT_FALSE(ends_.right->HasBufferedInput());
}

TEST_F(TlsStream, BytesThatOpenSslHoldsAreAnnounced) {
  ASSERT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  const std::string text(1000, 'a');
  const iovec piece = Piece(text);
  ASSERT_EQ(ends_.left->Write({&piece, 1}).status, IoStatus::kDone);
  std::array<std::byte, 10> buffer;
  ASSERT_EQ(ends_.right->Read(buffer).bytes, 10U);
  EXPECT_TRUE(ends_.right->HasBufferedInput());
}

TEST_F(TlsStream, PlaintextInsteadOfAHandshakeIsAnError) {
  const std::string text = "SELECT 1; this is no ClientHello";
  ASSERT_EQ(::send(ends_.left->fd(), text.data(), text.size(), 0),
            static_cast<ssize_t>(text.size()));
  EXPECT_EQ(ends_.right->Handshake().status, IoStatus::kError);
  EXPECT_EQ(ends_.right->error().rfind("TLS handshake failed: ", 0), 0U)
      << ends_.right->error();
}

TEST_F(TlsStream, PeerThatClosesWithoutGoodbyeIsEnd) {
  ASSERT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  ends_.left->Close();
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(ends_.right->Read(buffer).status, IoStatus::kEnd) << ends_.right->error();
}

TEST_F(TlsStream, PeerThatSaysGoodbyeIsEnd) {
  ASSERT_EQ(Handshake(*ends_.left, *ends_.right), std::pair(IoStatus::kDone, IoStatus::kDone));
  ends_.left->ShutdownWrite();
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(ends_.right->Read(buffer).status, IoStatus::kEnd) << ends_.right->error();
}

TEST(TlsContext, MissingCertificateNamesTheFile) {
  try {
    MakeListenerTls(
        {config::ClientTlsMode::kRequire, "/nonexistent/a.crt", "/nonexistent/a.key"});
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_NE(std::string(e.what()).find("/nonexistent/a.crt"), std::string::npos) << e.what();
  }
}

TEST(TlsContext, KeyOfAnotherCertificateIsRefused) {
  const test::TempDir directory;
  const auto a = test::MakeCertificate(directory.path(), "a.example");
  const auto b = test::MakeCertificate(directory.path(), "b.example");
  EXPECT_THROW(MakeListenerTls({config::ClientTlsMode::kRequire, a.certificate, b.key}),
               std::runtime_error);
}

}  // namespace
}  // namespace pgmoat::net

"""What the standards' own examples say must come out."""

import hmac

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from kehuma.engine.encryption.ciphers import AES_256_GCM, Sm4Gcm
from kehuma.engine.encryption.hidden import hkdf
from kehuma.engine.encryption.passphrase import Stretching

# NIST CAVS 14.0, gcmEncryptExtIV256.rsp, first case of each length: key, nonce, plain, associated data, ciphertext and tag.
AES_GCM = [
    pytest.param(
        "b52c505a37d78eda5dd34f20c22540ea1b58963cf8e5bf8ffa85f9f2492505b4",
        "516c33929df5a3284ff463d7",
        "",
        "",
        "bdc1ac884d332457a1d2664f168c76f0",
        id="nothing at all",
    ),
    pytest.param(
        "78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223",
        "d79cf22d504cc793c3fb6c8a",
        "",
        "b96baa8c1c75a671bfb2d08d06be5f36",
        "3e5d486aa2e30b22e040b85723a06e76",
        id="associated data alone",
    ),
    pytest.param(
        "31bdadd96698c204aa9ce1448ea94ae1fb4a9a0b3c9d773b51bb1822666b8f22",
        "0d18e06c7c725ac9e362e1ce",
        "2db5168e932556f8089a0622981d017d",
        "",
        "fa4362189661d163fcd6a56d8bf0405ad636ac1bbedd5cc3ee727dc2ab4a9489",
        id="one block",
    ),
    pytest.param(
        "92e11dcdaa866f5ce790fd24501f92509aacf4cb8b1339d50c9c1240935dd08b",
        "ac93a1a6145299bde902f21a",
        "2d71bcfa914e4ac045b2aa60955fad24",
        "1e0889016f67601c8ebea4943bc23ad6",
        "8995ae2e6df3dbf96fac7b7137bae67feca5aa77d51d4a0a14d9c51e1da474ab",
        id="one block and associated data",
    ),
    pytest.param(
        "69b458f2644af9020463b40ee503cdf083d693815e2659051ae0d039e606a970",
        "8d1da8ab5f91ccd09205944b",
        "f3e0e09224256bf21a83a5de8d",
        "036ad5e5494ef817a8af2f5828784a4bfedd1653",
        "c0a62d77e6031bfdc6b13ae217a794a9aaee48cd92e47761bf1baff0af",
        id="part of a block",
    ),
    pytest.param(
        "463b412911767d57a0b33969e674ffe7845d313b88c6fe312f3d724be68e1fca",
        "611ce6f9a6880750de7da6cb",
        "e7d1dcf668e2876861940e012fe52a98dacbd78ab63c08842cc9801ea581682ad54af0c34d0d7f6f59e8ee0bf4900e0fd85042",
        "0a682fbc6192e1b47a5e0868787ffdafe5a50cead3575849990cdd2ea9b3597749403efb4a56684f0c6bde352d4aeec5",
        "8886e196010cb3849d9c1a182abe1eeab0a5f3ca423c3669a4a8703c0f146e8e956fb122e0d721b869d2b6fcd4216d7d4d3758"
        "2469cecd70fd98fec9264f71df1aee9a",
        id="several blocks",
    ),
]

# RFC 5869, appendix A: secret, salt, info, length, key.
HKDF = [
    pytest.param(
        "0b" * 22,
        bytes(range(13)).hex(),
        bytes(range(0xF0, 0xFA)).hex(),
        42,
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        id="A.1 basic",
    ),
    pytest.param(
        bytes(range(80)).hex(),
        bytes(range(0x60, 0xB0)).hex(),
        bytes(range(0xB0, 0x100)).hex(),
        82,
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
        "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        id="A.2 long",
    ),
    pytest.param(
        "0b" * 22,
        "",
        "",
        42,
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        id="A.3 without salt and info",
    ),
]

# RFC 4231, section 4: key, message, code.
HMAC_SHA_256 = [
    pytest.param(
        b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", id="case 1"
    ),
    pytest.param(
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        id="case 2",
    ),
    pytest.param(
        b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", id="case 3"
    ),
    pytest.param(
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        id="case 4",
    ),
    pytest.param(
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        id="case 6",
    ),
]


@pytest.mark.parametrize(("key", "nonce", "plain", "bound", "sealed"), AES_GCM)
def test_aes_256_gcm_is_that_of_nist(key: str, nonce: str, plain: str, bound: str, sealed: str) -> None:
    keyed = AES_256_GCM.keyed(bytes.fromhex(key))
    made = keyed.encrypt(bytes.fromhex(nonce), bytes.fromhex(plain), bytes.fromhex(bound))
    assert made.hex() == sealed
    assert keyed.decrypt(bytes.fromhex(nonce), made, bytes.fromhex(bound)).hex() == plain


def test_sm4_gcm_is_that_of_rfc_8998() -> None:
    keyed = Sm4Gcm(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    nonce = bytes.fromhex("00001234567800000000abcd")
    bound = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plain = bytes.fromhex("".join(pair * 8 for pair in ("aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa")))
    sealed = keyed.encrypt(nonce, plain, bound)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert keyed.decrypt(nonce, sealed, bound) == plain
    with pytest.raises(InvalidTag):
        keyed.decrypt(nonce, sealed, bound[1:])


@pytest.mark.parametrize(("secret", "salt", "info", "length", "key"), HKDF)
def test_hkdf_is_that_of_rfc_5869(secret: str, salt: str, info: str, length: int, key: str) -> None:
    made = hkdf(bytes.fromhex(secret), salt=bytes.fromhex(salt), info=bytes.fromhex(info), length=length)
    assert made.hex() == key


@pytest.mark.parametrize(("key", "message", "code"), HMAC_SHA_256)
def test_hmac_is_that_of_rfc_4231(key: bytes, message: bytes, code: str) -> None:
    assert hmac.digest(key, message, "sha256").hex() == code


def test_argon2id_is_that_of_rfc_9106() -> None:
    # Section 5.3 has a secret and associated data, which only this implementation takes.
    vector = Argon2id(
        salt=b"\2" * 16, length=32, iterations=3, lanes=4, memory_cost=32, ad=b"\4" * 12, secret=b"\3" * 8
    )
    assert vector.derive(b"\1" * 32).hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


@pytest.mark.parametrize(("memory", "passes", "lanes"), [(32, 3, 4), (64, 1, 1), (1024, 4, 2)])
def test_the_argon2id_in_use_agrees_with_the_one_of_the_vector(memory: int, passes: int, lanes: int) -> None:
    other = Argon2id(salt=b"\2" * 16, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    assert hash_secret_raw(b"\1" * 32, b"\2" * 16, passes, memory, lanes, 32, Type.ID) == other.derive(b"\1" * 32)


def test_a_passphrase_is_stretched_by_exactly_the_work_that_is_stored() -> None:
    stretching = Stretching(b"\5" * 16, memory=64 * 1024, passes=3, lanes=2)
    other = Argon2id(salt=b"\5" * 16, length=32, iterations=3, lanes=2, memory_cost=64 * 1024)
    assert stretching.stretched("客户码的口令很长") == other.derive("客户码的口令很长".encode())

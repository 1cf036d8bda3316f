# SPDX-License-Identifier: Apache-2.0
"""Writes a first corpus for each fuzz target: small good files of every kind that is read.

usage: python3 tests/fuzz/seeds.py FOLDER      (makes FOLDER/csv, FOLDER/gzip, ...)
"""
import base64
import gzip
import json
import pathlib
import struct
import sys
import zlib

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"


def idx(code, shape, data):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


def npy(kind, shape, data, version=1):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def safetensors(header, data):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def png(colours, bits, channels, extra=b""):
    """9 x 7 pixels; `extra` goes before them."""
    row = bytes([2]) + bytes(range(3, 3 + (9 * channels * bits + 7) // 8))
    header = chunk(b"IHDR", struct.pack(">2I5B", 9, 7, bits, colours, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(row * 7))
    return b"\x89PNG\r\n\x1a\n" + header + extra + pixels + chunk(b"IEND", b"")


def chunk(kind, data):
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def pair(first, second):
    return struct.pack("<H", len(first)) + first + second


def entry(kind, shape, begin, end):
    return {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}


def wav(kind, channels, rate, bits, data, before=b""):
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", kind, channels, rate, rate * block, block, bits)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + before
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


# As libFLAC 1.4.2 writes 48 samples at 8000 Hz.
flac = bytes.fromhex(
    "664c6143000000221000100000001700001701f400f0000000308ef25f7bcde51d070ac089d26d0e"
    "daa384000028200000007265666572656e6365206c6962464c414320312e342e3220323032323130"
    "323200000000fff86408002f2e16f448f44ff464003ffffffffffee75e"
)
silence = bytes(64)
# 9 x 7 pixels by libjpeg-turbo: grey, progressive colour, and four inks.
JPEGS = [
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVt"
    "VkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/wAALCAAHAAkBAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAgEAAB"
    "AwIHAAAAAAAAAAAAAAABAAMSAgUWIVNygZHw/9oACAEBAAA/ADdgpBhEbRl2VfDR02vcr//Z",
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVt"
    "VkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8"
    "fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wgARCAAHAAkDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAA"
    "AAEC/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAH/2gAMAwEAAhADEAAAAcUj/8QAFxABAAMAAAAAAAAAAAAAAAAAAAET"
    "Iv/aAAgBAQABBQLMLH//xAAWEQADAAAAAAAAAAAAAAAAAAAAASH/2gAIAQMBAT8BcP/EABYRAQEBAAAAAAAAAAAA"
    "AAAAAAEAIf/aAAgBAgEBPwE0v//EABoQAAICAwAAAAAAAAAAAAAAAAABESIygZH/2gAIAQEABj8Cii0Yrh//xAAZ"
    "EAEAAwEBAAAAAAAAAAAAAAABABEhwfD/2gAIAQEAAT8htVqGY5T17P/aAAwDAQACAAMAAAAQ/wD/xAAWEQADAAAA"
    "AAAAAAAAAAAAAAAAARH/2gAIAQMBAT8QWj//xAAWEQEBAQAAAAAAAAAAAAAAAAABAMH/2gAIAQIBAT8QYC7f/8QA"
    "GhAAAgIDAAAAAAAAAAAAAAAAASEQETFBkf/aAAgBAQABPxC0BiVkikcpPm4F/9k=",
    "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwAUDg8SDw0UEhASFxUUGB4yIR4cHB49LC4kMklATEtHQEZFUFpzYlBVbVZF"
    "RmSIZW13e4GCgU5gjZeMfZZzfoF8/9sAQwEVFxceGh47ISE7fFNGU3x8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8"
    "fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8/8AAFAgABwAJBAERAAIRAQMRAQQRAP/EABcAAAMBAAAAAAAAAAAAAAAA"
    "AAIDBAX/xAApEAABAgMDDQAAAAAAAAAAAAABAgMABBEVITESFCJSU2FygZKT0tPw/8QAFQEBAQAAAAAAAAAAAAAA"
    "AAAAAQP/xAAhEQABAgQHAAAAAAAAAAAAAAABADECESHwEhMiUXGR0f/aAA4EAQACEQMRBAAAPwBS55q5ExMEqIpl"
    "BTiiVVPCPucBLzZIBjOl6S95uiPNXWAlbTICSW0hJS2mpJpfcrE03aRwAjVs5/YDtp84nhFkqWQNz2VPaUtrtdI9"
    "Uf/Z",
]

images = idx(0x08, (2, 2, 3), bytes(range(12)))
labels = idx(0x08, (2,), bytes([4, 0]))
floats = struct.pack("<2f", 1.5, -2)
pixels = bytes(range(256)) * 12
SEEDS = {
    "audio": [
        wav(1, 1, 8000, 16, silence),
        wav(1, 2, 44100, 24, silence[:60]),
        wav(1, 1, 16000, 8, silence, b"LIST\4\0\0\0INFO"),
        wav(3, 1, 22050, 32, floats),
        wav(3, 1, 22050, 64, bytes(16)),
        wav(6, 1, 8000, 8, silence),
        wav(7, 1, 8000, 8, silence),
        wav(0xFFFE, 1, 8000, 16, silence),
        flac,
    ],
    "labelled_table": [
        b"path,label\na.wav,dog\nb.wav,cat\n",
        b"a.wav;3\r\nb.wav;0\r\n",
        b'file,b\n"a ""x"".png",1\n',
    ],
    "cifar": [
        b"\x09" + pixels,
        b"\x13\x63" + pixels,
        pair(b"\x00" + pixels, (b"\x01" + pixels) * 2),
    ],
    "csv": [
        b"a,b\n1,2\n3,4\n",
        b"1,2.5,0\r\n-3,4e2,1\r\n",
        b'"a;""x",b\n"1",2\n\n 3 ,4',
        b"1;2\n3;0.5\n",
        b"a\tb\tc\n1\t2\t3\n",
        b"\xef\xbb\xbfb\n7\n",
    ],
    "gzip": [
        gzip.compress(b"text"),
        gzip.compress(b"a") + gzip.compress(b"b" * 300) + bytes(4),
        gzip.compress(bytes(100000)),
    ],
    "idx": [
        images,
        pair(images, labels),
        idx(0x0D, (1, 2), struct.pack(">2f", 1, 2)),
        idx(0x08, (1, 1, 1, 1, 1), b"x"),
    ],
    "image": [base64.b64decode(text) for text in JPEGS]
    + [
        png(0, 8, 1),
        png(0, 1, 1),
        png(2, 8, 3, chunk(b"zTXt", b"k\0\0" + zlib.compress(b"text"))),
        png(2, 16, 3),
        png(3, 4, 1, chunk(b"PLTE", bytes(range(48))) + chunk(b"tRNS", b"\0\x80")),
        png(4, 8, 2),
        png(6, 8, 4, chunk(b"gAMA", struct.pack(">I", 45455))),
    ],
    "npy": [
        npy("<f4", (2, 1), floats),
        npy("<f8", (1, 2), struct.pack("<2d", 1, 2), 2),
        pair(npy("|u1", (2, 3), b"abcdef"), npy("<i8", (2,), struct.pack("<2q", 1, 0), 3)),
        pair(npy("<f4", (2,), floats), npy("<f4", (2, 1), floats)),
    ],
    "safetensors": [
        safetensors({}, b""),
        safetensors(
            {
                "__metadata__": {"k": "v"},
                "a": entry("F32", [2], 0, 8),
                "b": entry("U8", [], 8, 9),
            },
            floats + b"x",
        ),
        safetensors(
            {
                "a": entry("U32", [1, 1, 1, 1], 4, 8),
                "b": entry("I32", [1], 0, 4),
                "c": entry("U8", [0, 2], 0, 0),
            },
            floats,
        ),
        (GOLDEN / "python.safetensors").read_bytes(),
    ],
}

for target, inputs in SEEDS.items():
    folder = pathlib.Path(sys.argv[1]) / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(inputs):
        (folder / f"seed{number}").write_bytes(data)

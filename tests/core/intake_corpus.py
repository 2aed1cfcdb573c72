"""The files that have to be taken in, and those that never may be; each by what it is."""

import io
import struct
import tarfile
import zlib
from collections.abc import Iterator

import pikepdf
from pikepdf import Dictionary, Name, String

from tests.factories.files import (
    EICAR,
    SHEET_TYPE,
    WORD_TYPE,
    acting,
    jpeg,
    of_wps,
    ofd,
    opened,
    packed,
    pdf,
    picture,
    png,
    png_chunk,
    png_claiming,
    raw_archive,
    raw_entry,
    saved,
    scanned_pdf,
    sheet,
    sheet_with_chart,
    streamed,
    with_part,
    word,
    word_with_picture,
)

File = tuple[str, bytes]
MEGABYTE = 1024 * 1024
PROGRAM = b"MZ" + bytes(58) + struct.pack("<L", 64) + b"PE\0\0" + bytes(200)
BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;">'
    b'<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;">]><lolz>&lol3;</lolz>'
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'


def types(*mains: str) -> bytes:
    """Return the list of contents of an office document with these main parts."""
    parts = "".join(
        f'<Override PartName="{"/word/document.xml" if "word" in main else "/xl/workbook.xml"}" '
        f'ContentType="{main}"/>'
        for main in mains
    )
    space = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'<?xml version="1.0"?><Types xmlns="{space}">{parts}</Types>'.encode()


def tar() -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    return target.getvalue()


# -- benign --------------------------------------------------------------------------------------------------


def benign() -> Iterator[tuple[str, File]]:
    """Yield each benign file under what it is."""
    yield from _benign_pdfs()
    yield from _benign_office()
    yield from _benign_pictures()
    yield from _benign_archives()


def _benign_pdfs() -> Iterator[tuple[str, File]]:
    yield "a PDF of one page", ("通知.pdf", pdf())
    yield "a PDF of a hundred pages", ("招标文件.pdf", pdf(100))
    yield "a PDF with packed objects", ("合同.pdf", pdf(3, packs_objects=True))
    yield "a linearized PDF", ("公告.pdf", pdf(3, linearize=True))
    yield "a scan", ("扫描件.pdf", scanned_pdf())
    yield "a scan in capitals", ("SCAN0001.PDF", scanned_pdf(1))
    yield "a PDF without a suffix", ("扫描件", pdf())
    yield "a PDF with a version in its name", ("请示v1.2", pdf())
    yield "a PDF that opens at a page", ("目录.pdf", pdf(2, act=_opens_at_a_page))
    yield "a PDF that only its owner may change", ("只读.pdf", pdf(encryption=pikepdf.Encryption(owner="x")))
    yield "a PDF whose text speaks of scripts", ("手册.pdf", pdf(act=_speaks_of_scripts))
    yield "a PDF with words behind its end", ("尾注.pdf", pdf() + b"\n\n")


def _opens_at_a_page(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = pikepdf.Array([document.pages[1].obj, Name.Fit])


def _speaks_of_scripts(document: pikepdf.Pdf) -> None:
    document.docinfo["/Title"] = "how /JavaScript and /Launch work"


def _benign_office() -> Iterator[tuple[str, File]]:
    yield "a document", ("合同.docx", word())
    yield "a document with a picture", ("方案.docx", word_with_picture())
    yield "a document of WPS", ("合同（WPS）.docx", of_wps(word()))
    yield "a document in capitals", ("HETONG.DOCX", word())
    yield "a workbook of openpyxl", ("台账.xlsx", sheet())
    yield "a long workbook", ("大台账.xlsx", sheet(3000))
    yield "a workbook with a chart", ("统计.xlsx", sheet_with_chart())
    yield "a workbook of WPS", ("台账（WPS）.xlsx", of_wps(sheet()))
    yield "a workbook written as a stream", ("流.xlsx", streamed(opened(sheet())))
    yield "a workbook with wide sizes", ("宽.xlsx", streamed(opened(sheet()), wide=True))
    chart = with_part(word(), "word/embeddings/Microsoft_Excel_Sheet1.xlsx", sheet())
    yield "a document with the workbook of a chart", ("图表.docx", chart)
    drawn = with_part(word(), "word/media/image1.emz", b"\x1f\x8b\x08" + bytes(20))
    yield "a document with a packed drawing", ("图.docx", drawn)
    yield "an OFD", ("发票.ofd", packed(ofd()))
    yield "a stored OFD", ("发票2.ofd", packed(ofd(), stored=True))
    yield "an OFD written as a stream", ("流.ofd", streamed(ofd()))
    seal = ofd(("Doc_0/Signs/Sign_0/Seal.esl", b"\x30\x82" + bytes(300)), ("Doc_0/Res/image_1.jpg", jpeg()))
    yield "a sealed OFD", ("电子证照.ofd", packed(seal))
    invoice = ofd(("Doc_0/Attachs/original_invoice.xml", b"<?xml version='1.0'?><invoice/>"))
    yield "an OFD with the data of its invoice", ("增值税发票.ofd", packed(invoice))


def _benign_pictures() -> Iterator[tuple[str, File]]:
    yield "a photograph", ("现场.jpg", jpeg(640, 480))
    yield "a photograph called jpeg", ("现场.jpeg", jpeg())
    yield "a progressive photograph", ("渐进.jpg", jpeg(320, 240, progressive=True))
    yield "a grey photograph", ("灰.jpg", jpeg(mode="L"))
    yield "a photograph for print", ("印刷.jpg", jpeg(mode="CMYK"))
    exif = picture(8, 8).getexif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    yield "a photograph with its camera", ("手机.jpg", jpeg(exif=exif))
    yield (
        "a photograph with something of its phone behind",
        ("手机2.jpg", jpeg() + b"SEFHe\0\0\0" + bytes(99)),
    )
    yield "a picture", ("公章.png", png())
    yield "a picture with a palette", ("图.png", png(mode="P"))
    yield "a picture one can see through", ("透明.png", saved(picture(9, 9).convert("RGBA"), "PNG"))
    yield "a picture of black and white", ("签名.png", saved(picture(99, 99).convert("1"), "PNG"))
    yield (
        "a picture of 24 million pixels",
        ("大图.png", saved(picture(6000, 4000, "1"), "PNG", compress_level=1)),
    )


def _benign_archives() -> Iterator[tuple[str, File]]:
    chinese = [raw_entry("招标文件/公告.pdf".encode("gb18030"), pdf(), flags=0, system=0, mode=0)]
    chinese.append(raw_entry("招标文件/台账.xlsx".encode("gb18030"), sheet(), flags=0, system=0, mode=0))
    yield "an archive with names in GBK", ("招标文件.zip", raw_archive(chinese))
    yield "an archive of papers", ("附件.zip", packed([("合同.docx", word()), ("图/现场.jpg", jpeg())]))
    yield (
        "an archive of stored papers",
        ("存储.zip", packed([("a.pdf", pdf()), ("b.pdf", pdf())], stored=True)),
    )
    yield "an archive with a folder", ("夹.zip", packed([("图纸/", b""), ("图纸/a.png", png())]))
    yield (
        "an archive with a note",
        ("说明.zip", packed([("说明.txt", "见附件".encode("gbk"))], comment=b"hi")),
    )
    yield "an archive of many pictures", ("图.zip", packed([(f"{n}.png", png(8, 8)) for n in range(500)]))


# -- with something that acts --------------------------------------------------------------------------------


def flagged() -> Iterator[tuple[str, File, str]]:
    """Yield files that are taken in and shown for what they hold."""
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    yield "a script when opened", ("脚本.pdf", pdf(act=acting(script))), "pdf_javascript"
    yield (
        "a script in packed objects",
        ("藏.pdf", pdf(act=acting(script), packs_objects=True)),
        "pdf_javascript",
    )
    launch = Dictionary(S=Name.Launch, F=String("cmd.exe"))
    yield "a program when opened", ("启动.pdf", pdf(act=acting(launch), packs_objects=True)), "pdf_launch"
    yield (
        "data sent elsewhere",
        ("表单.pdf", pdf(act=acting(Dictionary(S=Name.SubmitForm)))),
        "pdf_sends_data",
    )
    yield "another file opened", ("跳转.pdf", pdf(act=acting(Dictionary(S=Name.GoToR)))), "pdf_other_file"
    yield "a file inside", ("附件.pdf", pdf(act=_with_attachment)), "pdf_embedded_file"
    yield "a dynamic form", ("动态.pdf", pdf(act=_with_form)), "pdf_dynamic_form"
    yield "an action of a page", ("页.pdf", pdf(act=_with_page_action)), "pdf_automatic_action"
    yield "a film", ("影片.pdf", pdf(act=_with_film)), "pdf_media"
    hidden = pdf(act=acting(script)).replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS ", b"/#4aS ")
    yield "a script in other letters", ("转义.pdf", hidden), "pdf_javascript"
    broken = pdf().replace(b"startxref\n", b"startxref\n9")
    yield "a table at another place", ("修复.pdf", broken), "pdf_repaired"
    template = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        b'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        b'relationships/attachedTemplate" Target="http://example.org/x.dotm" TargetMode="External"/>'
        b"</Relationships>"
    )
    remote = with_part(word(), "word/_rels/settings.xml.rels", template)
    yield "a template from elsewhere", ("模板.docx", remote), "external_reference"
    ole = with_part(word(), "word/embeddings/oleObject1.bin", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(99))
    yield "an object inside", ("对象.docx", ole), "embedded_file"


def _with_attachment(document: pikepdf.Pdf) -> None:
    document.attachments["a.txt"] = pikepdf.AttachedFileSpec(document, b"words", filename="a.txt")


def _with_form(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(XFA=document.make_stream(b"<xdp/>"), Fields=[])


def _with_page_action(document: pikepdf.Pdf) -> None:
    document.pages[0].AA = Dictionary(O=Dictionary(S=Name.GoTo))


def _with_film(document: pikepdf.Pdf) -> None:
    film = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9])
    document.pages[0].Annots = pikepdf.Array([document.make_indirect(film)])


# -- hostile -------------------------------------------------------------------------------------------------


def hostile() -> Iterator[tuple[str, str, File]]:
    """Yield each hostile file under what it is, with the code of its refusal."""
    yield from _bombs()
    yield from _bad_names()
    yield from _lying_archives()
    yield from _two_kinds()
    yield from _wrong_suffixes()
    yield from _broken_files()
    yield from _bad_office()
    yield from _bad_contents()


def zipped(*entries: dict[str, object]) -> File:
    return "附件.zip", raw_archive(entries)


def _bombs() -> Iterator[tuple[str, str, File]]:
    zeros = bytes(30 * MEGABYTE)
    yield (
        "a bomb in a workbook",
        "packed_absurdly",
        ("bomb.xlsx", with_part(sheet(), "xl/worksheets/sheet2.xml", zeros)),
    )
    yield "a bomb in an archive", "packed_absurdly", ("bomb.zip", packed([("a.txt", zeros)]))
    yield (
        "a bomb of many files",
        "packed_absurdly",
        ("many.zip", packed([(f"{n}.txt", bytes(MEGABYTE)) for n in range(40)])),
    )
    yield (
        "too many files",
        "too_many_entries",
        ("mass.zip", packed([(f"{n}.txt", b"x") for n in range(2001)])),
    )
    vast = raw_entry(b"a.txt", bytes(MEGABYTE), size=0xFFFFFFF0)
    yield "an archive that declares four gigabytes", "too_large_inside", ("vast.zip", raw_archive([vast]))
    noise = zlib.compress(picture(1500, 1500).tobytes(), 0)
    heavy = [raw_entry(b"%d.txt" % n, noise[:MEGABYTE], method=0, size=30 * MEGABYTE) for n in range(7)]
    yield "an archive that declares too much in all", "too_large_inside", ("heavy.zip", raw_archive(heavy))
    modest = raw_entry(b"a.txt", bytes(2 * MEGABYTE), size=1000)
    yield "a bomb that declares little", "lying_size", zipped(modest)
    first = raw_entry(b"0.txt", noise[:9000])
    same = [raw_entry(b"%d.txt" % n, noise[:9000], offset=0) for n in range(1, 100)]
    yield "files over one another", "suspicious_archive", zipped(first, *same)
    yield (
        "an archive in an archive",
        "nested_archive",
        ("nest.zip", packed([("a.zip", packed([("b.zip", packed([("c.txt", b"c")]))]))])),
    )
    yield (
        "an archive of another program",
        "nested_archive",
        ("nest2.zip", packed([("a.rar", b"Rar!\x1a\x07\x00" + bytes(99))])),
    )
    yield "a packed archive", "nested_archive", ("nest3.zip", packed([("a.tar", tar())]))
    yield "a packed file", "nested_archive", ("nest4.zip", packed([("a.gz", b"\x1f\x8b\x08" + bytes(50))]))
    yield (
        "an archive under the name of text",
        "unknown_inside",
        ("nest5.zip", packed([("a.txt", packed([("b", b"c")]))])),
    )
    inner = packed([("x.zip", packed([("y", b"z")]))])
    yield (
        "an archive in a document",
        "nested_archive",
        ("nest.docx", with_part(word(), "word/media/image1.png", inner)),
    )
    deep = with_part(word(), "word/embeddings/a.docx", with_part(word(), "word/embeddings/b.docx", word()))
    yield "a document in a document in a document", "nested_archive", ("deep.docx", deep)


def _bad_names() -> Iterator[tuple[str, str, File]]:
    for what, name in (
        ("a name that climbs", b"../../etc/passwd.txt"),
        ("a name that climbs later", b"a/../../b.txt"),
        ("a name that climbs backwards", b"..\\..\\b.txt"),
        ("an absolute name", b"/etc/cron.d/x.txt"),
        ("a name with a drive", b"C:\\Windows\\x.txt"),
        ("a name with a zero", b"a.txt\0.pdf"),
        ("an empty name", b""),
        ("a name that is a dot", b"./a.txt"),
        ("a name that turns round", "a\u202etxt.exe".encode()),
        ("a name with a line break", b"a\nb.txt"),
    ):
        yield what, "unsafe_name", zipped(raw_entry(name, b"words"))
    yield "a link", "link_inside", zipped(raw_entry(b"a.txt", b"/etc/passwd", mode=0o120777))
    yield "a device", "link_inside", zipped(raw_entry(b"a.txt", b"", mode=0o060666))
    yield "a pipe", "link_inside", zipped(raw_entry(b"a.txt", b"", mode=0o010666))
    yield "one name twice", "duplicate_names", zipped(raw_entry(b"a.txt", b"1"), raw_entry(b"a.txt", b"2"))
    yield (
        "one name in other letters",
        "duplicate_names",
        zipped(raw_entry(b"a.txt", b"1"), raw_entry(b"A.TXT", b"2")),
    )
    other = raw_entry(b"OFD.xml", b"<x/>")
    yield "two roots", "duplicate_names", ("二.ofd", raw_archive([other, raw_entry(b"ofd.XML", b"<x/>")]))


def _lying_archives() -> Iterator[tuple[str, str, File]]:
    yield "an encrypted archive", "encrypted", zipped(raw_entry(b"a.txt", b"words", flags=1))
    yield "a strongly encrypted archive", "encrypted", zipped(raw_entry(b"a.txt", b"words", flags=0x41))
    yield "an unknown method", "suspicious_archive", zipped(raw_entry(b"a.txt", b"words", method=12))
    yield (
        "a header that lies about its size",
        "suspicious_archive",
        zipped(raw_entry(b"a.txt", bytes(500), local_size=5)),
    )
    yield (
        "a header that lies about its name",
        "suspicious_archive",
        zipped(raw_entry(b"a.txt", b"x", local_name=b"b.txt")),
    )
    yield "a size that is too large", "lying_size", zipped(raw_entry(b"a.txt", b"words", size=50))
    yield "a wrong checksum", "damaged", zipped(raw_entry(b"a.txt", b"words", crc=1))
    yield (
        "bytes before the archive",
        "suspicious_archive",
        ("前.zip", raw_archive([raw_entry(b"a.txt", b"x")], prefix=b"PK\x03\x04junk")),
    )
    yield (
        "bytes behind the archive",
        "damaged",
        ("后.zip", raw_archive([raw_entry(b"a.txt", b"x")], suffix=b"junk")),
    )
    hidden = raw_archive([raw_entry(b"evil.txt", b"x")])[: -22 - 46 - 8]
    yield (
        "a file that the directory leaves out",
        "suspicious_archive",
        ("藏.zip", raw_archive([raw_entry(b"a.txt", b"x")], prefix=hidden)),
    )
    one, two = raw_archive([raw_entry(b"a.txt", b"x")]), raw_archive([raw_entry(b"b.txt", b"y")])
    joined = one[:-2] + struct.pack("<H", len(two)) + two
    yield "two directories", "suspicious_archive", ("双.zip", joined)
    yield "an archive cut short", "damaged", ("断.zip", packed([("a.txt", b"x" * 500)])[:-30])
    yield "an empty archive", "unknown_type", ("空.zip", packed([]))
    spoilt = bytearray(packed([("a.txt", bytes(range(256)) * 8)]))
    spoilt[60] ^= 0xFF
    yield "a spoilt archive", "damaged", ("坏.zip", bytes(spoilt))


def _two_kinds() -> Iterator[tuple[str, str, File]]:
    plain = packed([("a.txt", b"x")])
    yield "a PDF that is an archive", "two_kinds", ("双.pdf", pdf() + plain)
    yield "a PDF that is a document", "two_kinds", ("双2.pdf", pdf() + word())
    yield "a photograph that is an archive", "two_kinds", ("双.jpg", jpeg() + plain)
    yield (
        "a photograph that is an archive with words behind",
        "two_kinds",
        ("双2.jpg", jpeg() + plain + b"words"),
    )
    yield "a picture that is an archive", "two_kinds", ("双.png", png() + plain)
    yield "a picture that is a workbook", "two_kinds", ("双2.png", png() + sheet())
    yield (
        "a picture with an archive of another program",
        "two_kinds",
        ("双3.png", png() + b"Rar!\x1a\x07\x00" + bytes(99)),
    )
    yield "a photograph with a program", "two_kinds", ("双4.jpg", jpeg() + PROGRAM)
    yield "a photograph that is a PDF", "two_kinds", ("双5.jpg", jpeg(comment=pdf()[:600]) + pdf())
    both = packed([("[Content_Types].xml", types(WORD_TYPE)), ("word/document.xml", b"<x/>"), *ofd()])
    yield "an OFD that is a document", "two_kinds", ("双.ofd", both)
    mains = [("[Content_Types].xml", types(WORD_TYPE, SHEET_TYPE)), ("word/document.xml", b"<x/>")]
    yield (
        "a document that is a workbook",
        "two_kinds",
        ("双.docx", packed([*mains, ("xl/workbook.xml", b"<x/>")])),
    )
    head = raw_entry(b"note.bin", b"%PDF-1.7 words", method=0)
    rest = [raw_entry(name.encode(), content) for name, content in ofd()]
    yield "an OFD that begins as a PDF", "two_kinds", ("双2.ofd", raw_archive([head, *rest]))


def _wrong_suffixes() -> Iterator[tuple[str, str, File]]:
    yield "a PDF called docx", "wrong_suffix", ("合同.docx", pdf())
    yield "a PDF called exe", "wrong_suffix", ("合同.pdf.exe", pdf())
    yield "a PDF called js", "wrong_suffix", ("合同.js", pdf())
    yield "a PDF that turns its name round", "wrong_suffix", ("合同\u202efdp.exe", pdf())
    yield "a document called xlsx", "wrong_suffix", ("合同.xlsx", word())
    yield "a workbook called zip", "wrong_suffix", ("台账.zip", sheet())
    yield "an OFD called zip", "wrong_suffix", ("发票.zip", packed(ofd()))
    yield "a picture called jpg", "wrong_suffix", ("图.jpg", png())
    yield "a photograph called html", "wrong_suffix", ("图.html", jpeg())
    yield "an archive called ofd", "wrong_suffix", ("附件.ofd", packed([("a.txt", b"x")]))


def _broken_files() -> Iterator[tuple[str, str, File]]:
    yield "a PDF cut short", "cut_short", ("断.pdf", pdf(20)[:-900])
    yield "half a PDF", "cut_short", ("半.pdf", scanned_pdf()[:3000])
    yield "only the first line of a PDF", "cut_short", ("头.pdf", b"%PDF-1.7\n")
    yield "a PDF of words", "damaged", ("假.pdf", b"%PDF-1.7\nwords\nstartxref\n0\n%%EOF")
    yield (
        "a PDF with a password",
        "encrypted",
        ("密.pdf", pdf(encryption=pikepdf.Encryption(user="x", owner="y"))),
    )
    yield "a photograph cut short", "cut_short", ("断.jpg", jpeg(200, 200)[:-500])
    yield "only the start of a photograph", "cut_short", ("头.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF")
    yield "a picture cut short", "cut_short", ("断.png", png(200, 200)[:-20])
    spoilt = bytearray(png(200, 200))
    spoilt[200] ^= 0xFF
    yield "a spoilt picture", "damaged", ("坏.png", bytes(spoilt))
    yield "a document cut short", "damaged", ("断.docx", word()[:-40])
    yield "a picture of a milliard pixels", "too_many_pixels", ("大.png", png_claiming(40_000, 40_000))
    yield "a picture as long as the equator", "too_many_pixels", ("长.png", png_claiming(2_000_000_000, 1))
    yield "a picture of nothing", "damaged", ("无.png", png_claiming(0, 5))
    wide = bytearray(jpeg())
    at = wide.index(b"\xff\xc0") + 5
    wide[at : at + 4] = b"\xff\xff\xff\xff"
    yield "a photograph of four milliard pixels", "too_many_pixels", ("大.jpg", bytes(wide))
    yield "a picture without pixels", "damaged", ("空.png", b"\x89PNG\r\n\x1a\n" + png_chunk(b"IEND", b""))


def _bad_office() -> Iterator[tuple[str, str, File]]:
    yield (
        "a thousand laughs in a workbook",
        "suspicious_xml",
        ("笑.xlsx", with_part(sheet(), "xl/sharedStrings.xml", BOMB)),
    )
    yield (
        "a thousand laughs in a document",
        "suspicious_xml",
        ("笑.docx", with_part(word(), "word/comments.xml", BOMB)),
    )
    yield "a thousand laughs in an OFD", "suspicious_xml", ("笑.ofd", packed(ofd(("Doc_0/Annots.xml", BOMB))))
    yield (
        "a thousand laughs in the list of contents",
        "suspicious_xml",
        ("笑2.docx", with_part(word(), "[Content_Types].xml", BOMB)),
    )
    wide = BOMB.decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")
    yield (
        "a thousand laughs in wide letters",
        "suspicious_xml",
        ("笑3.docx", with_part(word(), "word/comments.xml", wide)),
    )
    yield (
        "a thousand laughs under another name",
        "suspicious_xml",
        ("笑4.docx", with_part(word(), "word/media/a.bin", BOMB)),
    )
    yield (
        "a file of the server",
        "suspicious_xml",
        ("外.docx", with_part(word(), "word/footnotes.xml", OUTSIDE)),
    )
    deep = b"<x>" * 5000 + b"</x>" * 5000
    yield "a deep tree", "suspicious_xml", ("深.docx", with_part(word(), "word/comments.xml", deep))
    yield "markup cut short", "damaged", ("断.xlsx", with_part(sheet(), "xl/styles.xml", b"<styles><a>"))
    yield "macros", "macros", ("宏.docx", with_part(word(), "word/vbaProject.bin", b"macro"))
    macro = [
        (name, content.replace(WORD_TYPE.encode(), b"application/vnd.ms-word.document.macroEnabled.main+xml"))
        for name, content in opened(word())
    ]
    yield "a document for macros under another name", "macros", ("宏2.docx", packed(macro))
    slides = types("application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml")
    yield (
        "slides",
        "unknown_type",
        ("讲.docx", packed([("[Content_Types].xml", slides), ("ppt/presentation.xml", b"<x/>")])),
    )
    yield (
        "a document without its main part",
        "unknown_type",
        ("缺.docx", packed([("[Content_Types].xml", types(WORD_TYPE))])),
    )
    yield (
        "a program in a document",
        "program_inside",
        ("程.docx", with_part(word(), "word/media/image1.png", PROGRAM)),
    )


def _bad_contents() -> Iterator[tuple[str, str, File]]:
    yield "a program", "unknown_type", ("setup.exe", PROGRAM)
    yield "a program called pdf", "unknown_type", ("合同.pdf", PROGRAM)
    yield "a program in an archive", "program_inside", ("程.zip", packed([("setup.pdf", PROGRAM)]))
    yield (
        "a program of Linux in an archive",
        "program_inside",
        ("程2.zip", packed([("run.txt", b"\x7fELF" + bytes(99))])),
    )
    yield (
        "a script in an archive",
        "unknown_inside",
        ("脚.zip", packed([("run.sh", b"#!/bin/sh\nrm -rf /\n")])),
    )
    yield "a web page called pdf", "unknown_type", ("页.pdf", b"<html><script>alert(1)</script></html>")
    yield (
        "a drawing with scripts",
        "unknown_type",
        ("图.png", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    )
    yield "an old document", "unknown_type", ("旧.docx", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    yield (
        "an archive of another program called zip",
        "unknown_type",
        ("包.zip", b"7z\xbc\xaf\x27\x1c" + bytes(99)),
    )
    yield "a moving picture", "unknown_type", ("动.png", b"GIF89a" + bytes(60))
    yield "bare words", "unknown_type", ("说明.pdf", "只是文字".encode())
    yield "the test virus", "unknown_type", ("病毒.pdf", EICAR)
    yield "a PDF that begins late", "unknown_type", ("迟.pdf", b"words\n" + pdf())
    yield "zeros", "unknown_type", ("零.pdf", bytes(5000))

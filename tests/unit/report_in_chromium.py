#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Is a report what it promises, to a browser? Well-formed, readable on a desk and on a
phone, and nothing is fetched.

    report_in_chromium.py PAGE...              checks; 0, 1, or 77 without Chromium
    report_in_chromium.py --picture PNG PAGE   also keeps a picture of its top
"""
import base64
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

PATIENCE_S = 60  # for one answer; the machine may be busy
DESK, PHONE = 1280, 390
SVG = "{http://www.w3.org/2000/svg}"
LEAST_CONTRAST = 4.5  # WCAG 2.1, AA


class Browser:
    """Chromium, spoken to over a pair of pipes (its descriptors 3 and 4), JSON with a
    NUL behind each message: the DevTools protocol without a socket."""

    def __init__(self, program, directory):
        their_input, self.output = os.pipe()
        self.input, their_output = os.pipe()

        def hand_over():
            # Through high numbers, for a pipe may itself be 3 or 4.
            source, target = os.dup2(their_input, 103), os.dup2(their_output, 104)
            os.dup2(source, 3)
            os.dup2(target, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--no-first-run", "--hide-scrollbars",
             f"--user-data-dir={directory}", "--remote-debugging-pipe", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=hand_over, start_new_session=True)
        os.close(their_input)
        os.close(their_output)
        os.set_blocking(self.input, False)
        self.unread = b""
        self.events = []
        self.number = 0
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]

    def read(self):
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self.unread:
            try:
                piece = os.read(self.input, 1 << 20)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError("Chromium does not answer")
                time.sleep(0.01)
                continue
            if not piece:
                raise EOFError("Chromium went away")
            self.unread += piece
        message, self.unread = self.unread.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            request["sessionId"] = self.session
        data = json.dumps(request).encode() + b"\0"
        while data:
            data = data[os.write(self.output, data):]
        while True:
            message = self.read()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def wait_for(self, event):
        while not any(message.get("method") == event for message in self.events):
            self.events.append(self.read())

    def value_of(self, expression):
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def show(self, page, width):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=1000,
                 deviceScaleFactor=1, mobile=False)
        self.events.clear()
        self.ask("Page.navigate", url=page)
        self.wait_for("Page.loadEventFired")
        self.value_of("0")  # what the page said while it loaded is here by now

    def picture(self, width, height, scale=1):
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": scale}
        return base64.b64decode(self.ask("Page.captureScreenshot", format="png", clip=clip,
                                         captureBeyondViewport=True)["data"])

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def complaints_of_browser(browser, url, width, blank_size):
    browser.show(url, width)
    found = []
    for event in browser.events:
        method, what = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent" and what["request"]["url"] != url:
            found.append(f"asks for {what['request']['url']}")
        if method == "Log.entryAdded":
            found.append(f"the console says: {what['entry']['text']}")
        if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            found.append("a script ran")
    wide = browser.value_of("document.documentElement.scrollWidth")
    if wide > width:
        found.append(f"is {wide} pixels wide")
    if browser.value_of("getComputedStyle(document.querySelector('h1')).fontWeight") != "650":
        found.append("its style is not applied")
    flat = browser.value_of("""[...document.querySelectorAll('svg')].filter(picture => {
        const box = picture.getBoundingClientRect();
        return !(box.height > 0 || picture.classList.contains('mark')) || box.width < 0; }).length""")
    narrow = browser.value_of(
        "[...document.querySelectorAll('svg.plot')].filter(p => p.clientWidth < 200 || p.clientHeight < 40).length")
    if flat or narrow:
        found.append(f"{flat + narrow} of its pictures have no size")
    # Letters of a picture that stick out are as lost as ones that are not drawn.
    outside = browser.value_of("""[...document.querySelectorAll('svg.plot text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < 0 || box.right > innerWidth; }).map(text => text.textContent)""")
    if outside:
        found.append(f"labels reach beyond the page: {outside}")
    over = browser.value_of("""[...document.querySelectorAll('svg.plot')].flatMap(picture => {
        const texts = [...picture.querySelectorAll('text')].map(text => [text.textContent, text.getBoundingClientRect()]);
        return texts.flatMap(([a, one], i) => texts.slice(i + 1).filter(([b, two]) => a && b &&
            Math.min(one.right, two.right) - Math.max(one.left, two.left) > 1 &&
            Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 4).map(([b]) => a + ' / ' + b)); })""")
    if over:
        found.append(f"labels lie over each other: {over[:3]}")
    if len(browser.picture(width, 1000)) < 5 * blank_size:
        found.append("its picture is as good as empty")
    return [f"at {width} pixels: {complaint}" for complaint in found]


def complaints_of_parser(text):
    """By the rules of XML, which are stricter than a browser."""
    try:
        root = xml.etree.ElementTree.fromstring(text.split("\n", 1)[1])
    except xml.etree.ElementTree.ParseError as error:
        return [f"is not well-formed: {error}"]
    found = []
    for picture in root.iter(SVG + "svg"):
        if picture.get("class") != "plot":
            continue  # a mark within one
        if picture.get("role") != "img" or not picture.get("aria-label") or picture.find(SVG + "title") is None:
            found.append("a picture does not say what it shows")
    if any(cell.get("scope") is None for cell in root.iter("{http://www.w3.org/1999/xhtml}th")):
        found.append("a table's header does not say of what")
    for tag in ("script", "img", "link", "iframe", "object", "form", "image", "use"):
        if any(element.tag.endswith("}" + tag) for element in root.iter()):
            found.append(f"has a <{tag}>")
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.startswith("on") or name == "style" or name == "src":
                found.append(f"has an attribute {name}")
            if name == "href" and not value.startswith("#"):
                found.append(f"leads to {value}")
    return found


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def complaints_of_style(text):
    css = text.split("<style>", 1)[1].split("</style>", 1)[0]
    found = []
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    if f"sha256-{digest}" not in text:
        found.append(f"its policy does not name the style's hash sha256-{digest}")
    if re.search(r"url\(|@import", css):
        found.append("its style fetches something")
    for theme in re.findall(r":root \{(.*?)\}", css, re.S):
        colours = dict(re.findall(r"--(\w+): (#\w{6})", theme))
        for front in ("ink", "muted", "forged", "genuine", "accent"):
            for back in ("paper", "wash"):
                light, dark = sorted((luminance(colours[front]), luminance(colours[back])), reverse=True)
                contrast = (light + 0.05) / (dark + 0.05)
                if contrast < LEAST_CONTRAST:
                    found.append(f"{front} on {back} has a contrast of {contrast:.1f} only")
    return found


def check(browser, page, blank_size):
    text = pathlib.Path(page).read_text(encoding="utf-8")
    found = complaints_of_parser(text) + complaints_of_style(text)
    for width in (DESK, PHONE):
        found += complaints_of_browser(browser, pathlib.Path(page).resolve().as_uri(), width, blank_size)
    return found


def check_that_checks_can_fail(browser, directory, page, blank_size):
    """A page that breaks each promise must be complained of for each."""
    text = pathlib.Path(page).read_text(encoding="utf-8")
    bad = text.replace("<main>", '<main><img src="http://127.0.0.1:9/x.png"/>'
                                 '<div style="width: 3000px">wide</div>', 1)
    bad = re.sub(r"(<text [^>]*>)([^<]+)(</text>)", r"\1\2\3\1\2\3", bad, count=1)
    bad = bad.replace('class="plot" width="100%"', 'class="plot" width="0"')
    bad = bad.replace("<h2>", "<h2 onclick='f()'>", 1).replace("#b23c00", "#ffd0b0")
    bad = bad.replace("<p>", '<p style="white-space: pre">', 1).replace("</figcaption>", "x" * 3000 + "</figcaption>")
    bad = bad.replace("overflow-wrap: anywhere", "overflow-wrap: normal")
    path = pathlib.Path(directory) / "bad.html"
    path.write_text(bad, encoding="utf-8")
    found = "\n".join(check(browser, path, blank_size))
    wanted = ("has a <img>", "attribute onclick", "attribute style", "hash", "contrast", "console",
              "no size", "over each other", "style is not applied", "pixels wide")
    return [f"nobody noticed: {part}" for part in wanted if part not in found]


def main(arguments):
    program = shutil.which("chromium")
    if program is None:
        print("SKIPPED: chromium is not installed (scripts/setup test)")
        return 77
    picture = None
    if arguments[:1] == ["--picture"]:
        picture, arguments = arguments[1], arguments[2:]
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    failures = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        browser = Browser(program, directory)
        try:
            for domain in ("Page", "Network", "Log", "Runtime"):
                browser.ask(domain + ".enable")
            blank_size = len(browser.picture(PHONE, 1000))
            for page in arguments:
                for complaint in check(browser, page, blank_size):
                    print(f"FAILED  {os.path.basename(page)} {complaint}")
                    failures += 1
            for complaint in check_that_checks_can_fail(browser, directory, arguments[0], blank_size):
                print(f"FAILED  the test itself: {complaint}")
                failures += 1
            if picture:
                browser.show(pathlib.Path(arguments[0]).resolve().as_uri(), DESK)
                pathlib.Path(picture).write_bytes(browser.picture(DESK, 1180, 0.75))
        finally:
            browser.close()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

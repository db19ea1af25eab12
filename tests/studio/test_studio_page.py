"""The page in a browser, as a person uses it."""

import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from studio_pages import IN_A_BROWSER, LONG_MS, lr_pixels, open_section, open_tab, opened, send, served, wait_for_redraw

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def server(photos, tmp_path_factory):
    """Return the address of a studio with two photos, and the folder that it runs in."""
    folder = tmp_path_factory.mktemp("studio-runs")
    with served(folder, str(photos)) as address:
        yield address, folder


@pytest.fixture
def page(browser, server):
    with opened(browser, server[0]) as page:
        yield page


def test_the_first_photo_is_drawn_with_every_step(page, photos):
    titles = page.locator(".panel figcaption b").all_inner_texts()
    assert titles == ["HR", "LR", "bicubic"]
    assert page.locator(".strip .frame").count() > 5
    from degradekit import HighOrder
    from degradekit.picture_files import decode

    hr = decode((photos / "astronaut.png").read_bytes())
    expected = HighOrder()(hr, seed=0)
    shown = lr_pixels(page)
    assert [shown[at] for at in range(len(shown)) if at % 4 < 3] == expected.reshape(-1).tolist()


def test_an_edit_redraws_and_a_mistake_is_shown_at_its_field(page):
    open_section(page, "stages.1.compress")
    field = page.locator('[data-path="stages.1.compress.quality"]')
    low, high = field.locator(".number input").all()
    before = lr_pixels(page)
    wait_for_redraw(page, lambda: low.fill("1"))
    wait_for_redraw(page, lambda: high.fill("2"))
    assert lr_pixels(page) != before
    assert re.search("JPEG quality [12],", page.inner_text("#strip"))
    drawn = lr_pixels(page)
    low.fill("90")
    field.locator(".error").wait_for()
    assert "must satisfy 1 <= low <= high <= 100 (got [90, 2])" in field.locator(".error").inner_text()
    assert lr_pixels(page) == drawn
    wait_for_redraw(page, lambda: low.fill("2"))
    assert not field.locator(".error").is_visible()


def test_a_number_far_beyond_the_rule_is_refused_at_its_field(page):
    """NiceGUI cannot send an integer beyond 64 bits: one in a slider would take the message at the field with it."""
    open_section(page, "stages.0.blur")
    size, angle = (page.locator(f'[data-path="stages.0.blur.{name}"]') for name in ("size", "theta"))
    size.locator(".number input").nth(1).fill("1e300")
    size.locator(".error").wait_for()
    wait_for_redraw(page, lambda: size.locator(".number input").nth(1).fill("9"))
    assert not size.locator(".error").is_visible()
    wait_for_redraw(page, lambda: angle.locator(".number input").nth(1).fill("3"))
    wait_for_redraw(page, lambda: angle.locator(".number input").nth(1).fill("3.1416"))  # as pi was shown
    assert not angle.locator(".error").is_visible()


def test_a_key_draws_anew_and_pictures_are_zoomed_together(page):
    open_tab(page, "Take it home")  # has the focus then, and takes the arrows alone
    before = lr_pixels(page)
    wait_for_redraw(page, lambda: page.keyboard.press("r"))
    assert page.input_value(".seed input") == "1"
    assert lr_pixels(page) != before
    page.hover(".panel:nth-child(2) .view")
    page.mouse.wheel(0, -600)
    transforms = page.evaluate("[...document.querySelectorAll('.view img')].map(i => getComputedStyle(i).transform)")
    scales = {text.split(",")[0] for text in transforms}
    assert len(scales) == 1
    assert float(scales.pop().removeprefix("matrix(")) > 2
    page.keyboard.press("0")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--zoom')") == "1"


def test_an_edited_recipe_is_taken_home(page, tmp_path):
    from degradekit import recipes

    open_section(page, "stages.0.compress")
    high = page.locator('[data-path="stages.0.compress.quality"] .number input').nth(1)
    wait_for_redraw(page, lambda: high.fill("60"))
    open_tab(page, "Take it home")
    page.wait_for_selector("#export pre")
    texts = page.locator("#export pre").all_inner_texts()
    assert texts[0] == "extends: real-esrgan\nstages.0.compress.quality: [30, 60]\n"
    assert "--set 'stages.0.compress.quality=[30, 60]'" in texts[1]
    with page.expect_download() as downloaded:
        page.click("#export button[data-download] >> nth=1")
    downloaded.value.save_as(tmp_path / "recipe.yaml")
    edited = recipes.changed(recipes.named("real-esrgan"), {"stages.0.compress.quality": [30, 60]})
    assert recipes.load(tmp_path / "recipe.yaml") == edited


def test_a_recipe_is_edited_as_text(page):
    open_tab(page, "Edit as text")
    text = page.locator(".text-editor textarea")
    text.fill("op: chain\nscale: 2\nchildren: [{op: resize, to: lr}, {op: jpg}]")
    page.click("text=Use this recipe")
    page.wait_for_selector("text=did you mean 'jpeg'?")
    text.fill("op: chain\nscale: 2\nchildren: [{op: resize, to: lr}, {op: jpeg, quality: 20}]")
    wait_for_redraw(page, lambda: page.click("text=Use this recipe"))
    assert page.locator(".panel figcaption span").all_inner_texts()[:2] == ["240 x 200", "120 x 100"]
    assert "JPEG quality 20" in page.inner_text("#strip")


def test_another_recipe_is_drawn_beside_it(page):
    page.fill(".other input", "bicubic")
    wait_for_redraw(page, lambda: page.locator(".q-menu .q-item", has_text=re.compile("^bicubic$")).click())
    titles = page.locator(".panel figcaption b").all_inner_texts()
    assert titles == ["HR", "LR, real-esrgan", "bicubic, real-esrgan", "HR", "LR, bicubic", "bicubic, bicubic"]
    assert page.locator(".strip").count() == 2


def test_a_draw_is_chosen_from_the_wall(page):
    open_tab(page, "Wall of draws")
    page.wait_for_selector("#wall .view")
    assert page.locator("#wall .view").count() == 24
    wait_for_redraw(page, lambda: page.locator("#wall .view").nth(7).click())
    assert page.input_value(".seed input") == "7"


def test_photos_and_recipes_are_taken_and_other_files_refused(page, photos, tmp_path):
    wait_for_redraw(page, lambda: send(page, "photo", photos / "chelsea.png"))
    assert "chelsea.png, 240 x 200" in page.inner_text("#overview")
    for name, content, words in (
        ("<img src=x onerror=alert(1)>.png", b"no picture", "alert(1)>.png: not an image"),
        ("mine.yaml", b"op: jpg", "did you mean 'jpeg'?"),
        ("empty.yaml", b"", "a recipe must be a mapping"),
        ("bomb.yaml", b"a: &a [1]\nb: [" + b"*a, " * 20_000 + b"]", "at most"),
    ):
        (tmp_path / name).write_bytes(content)
        send(page, "recipe" if name.endswith("yaml") else "photo", tmp_path / name)
        page.wait_for_selector(f".error:visible >> text={words}")
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())
    url = f"{page.url.rstrip('/')}/files/photo?name=a"
    with pytest.raises(HTTPError, match="413"):  # not sent by Playwright, whose driver would take minutes
        urlopen(Request(url, bytes(2**26 + 1), {"Cookie": cookies}), timeout=LONG_MS / 1000)


def test_without_the_printed_address_nothing_is_shown(browser, server):
    page = browser.new_page()
    origin = server[0].partition("/?")[0]
    assert page.goto(origin).status == 403
    assert page.goto(f"{origin}/?token=guessed").status == 403
    page.close()


def test_nothing_is_left_on_the_disk(page, server):
    assert page.title() == "degradekit studio"
    assert list(server[1].iterdir()) == []

"""Operators arranged, and changes taken back, in a browser."""

import pytest
from studio_pages import IN_A_BROWSER, open_section, open_tab, opened, served, wait_for_redraw

pytestmark = IN_A_BROWSER


@pytest.fixture(scope="module")
def address(photos, tmp_path_factory):
    with served(tmp_path_factory.mktemp("studio-form"), str(photos)) as address:
        yield address


@pytest.fixture
def page(browser, address):
    with opened(browser, address) as page:
        yield page


def titles(page) -> list[str]:
    return page.locator(".sections .section .q-expansion-item__container > .q-item .q-item__label").all_inner_texts()


def choose_action(page, path, words):
    page.click(f'[data-menu="{path}"]')
    page.click(f'.q-menu .q-item:has-text("{words}")')


def test_an_operator_is_added_by_the_keyboard_moved_and_taken_back(page):
    before = titles(page)
    choose_action(page, "stages.0.blur", "Add after")
    page.fill('[aria-label="Search operators"]', "straight line")
    page.locator('[data-op="kernel"]').wait_for(state="hidden")
    wait_for_redraw(page, lambda: page.keyboard.press("Enter"))
    page.wait_for_function("document.activeElement.dataset.menu === 'stages.0.blur.children.1'")
    assert page.locator('[data-section="stages.0.blur.children.1"] .control').count() > 1, "it is shown"
    assert {*titles(page)} - {*before} == {"blur: chain", "1: kernel", "2: motion_blur"}
    assert "motion_blur" in page.inner_text("#strip")
    page.keyboard.press("Enter")
    wait_for_redraw(page, lambda: page.click('.q-menu .q-item:has-text("Move up")'))
    page.wait_for_selector('[data-section="stages.0.blur.children.0"] .control')
    assert "1: motion_blur" in titles(page)
    wait_for_redraw(page, lambda: page.keyboard.press("Control+z"))
    page.wait_for_selector("text=2: motion_blur")
    wait_for_redraw(page, lambda: page.keyboard.press("Control+Shift+Z"))
    page.wait_for_selector("text=1: motion_blur")
    wait_for_redraw(page, lambda: page.click("text=Reset"))
    page.wait_for_selector("text=no changes")
    assert titles(page) == before


def test_an_operator_is_removed_and_another_one_takes_its_field(page):
    wait_for_redraw(page, lambda: choose_action(page, "stages.1.compress", "Remove"))
    wait_for_redraw(page, lambda: (page.click('[data-add="stages.1.compress"]'), page.click('[data-op="webp"]')))
    page.wait_for_selector("text=compress: webp")
    assert "WebP" in page.inner_text("#strip")


def test_an_arrangement_that_breaks_a_rule_is_refused_with_a_message(page):
    page.fill(".recipe input", "bsrgan")
    wait_for_redraw(page, lambda: page.locator(".q-menu .q-item", has_text="bsrgan").first.click())
    page.wait_for_selector("text=1.1: shuffle")
    before = titles(page)
    choose_action(page, "children.0.children.0.children.3", "Remove")
    page.wait_for_selector(".q-notification >> text=unknown name")
    assert titles(page) == before


def test_an_edited_field_is_reset_with_its_control(page):
    open_section(page, "stages.0.compress")
    low = page.locator('[data-path="stages.0.compress.quality"] .number input').first
    wait_for_redraw(page, lambda: low.fill("50"))
    page.wait_for_selector("text=1 change")
    wait_for_redraw(page, lambda: page.click("text=Reset"))
    page.wait_for_selector("text=no changes")
    low.wait_for()
    assert low.input_value() == "30"


def test_a_mistake_in_a_tab_marks_its_title_until_it_is_mended(page):
    tab = page.locator('.q-tab:has-text("Edit as text")')
    open_tab(page, "Edit as text")
    text = page.locator(".text-editor textarea")
    good = text.input_value()
    text.fill("op: jpg")
    page.click("text=Use this recipe")
    page.wait_for_selector("text=did you mean 'jpeg'?")
    open_tab(page, "Wall of draws")
    assert "wrong" in tab.get_attribute("class")
    open_tab(page, "Edit as text")
    text.fill(good)
    wait_for_redraw(page, lambda: page.click("text=Use this recipe"))
    page.wait_for_selector('.q-tab:not(.wrong):has-text("Edit as text")')

"""The ruble on 24 February 2022, on real ECB rates, against a basket of other emerging currencies."""

import marketimpact as mi

OTHERS = [f"EUR/{code}" for code in ["BRL", "CNY", "IDR", "INR", "KRW", "MXN", "MYR", "PHP", "THB", "ZAR"]]

panel = mi.fetch([f"ecb:{pair}" for pair in ["EUR/RUB", *OTHERS]])
news = mi.Event(
    "invasion",
    announced_at="2022-02-24T05:50",
    zone="Europe/Moscow",
    precision="hour",
    place="RU",
    title="Russia invades Ukraine",
)
study = mi.EventStudy(
    model=mi.MarketModel(mi.basket(panel, OTHERS, id="ten emerging currencies")),
    timeline=mi.Timeline(estimation=(-130, -11), event=(-5, 3)),  # the ECB's ruble ends on 1 March 2022
)
result = study.run(panel, news, pairs=[("invasion", "EUR/RUB")])

print(result.summary())
page = mi.report(result)
print(page.finding)
print(page.save("ruble_2022.png"))

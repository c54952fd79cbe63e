"""The sections, passages and narrative figures of sections one and six."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from storage.catalogue.terms import Indicator, ways

SECTIONS: Mapping[int, str] = MappingProxyType(
    {
        1: "总体情况",
        2: "主动公开政府信息情况",
        3: "收到和处理政府信息公开申请情况",
        4: "政府信息公开行政复议、行政诉讼情况",
        5: "存在的主要问题及改进情况",
        6: "其他需要报告的事项",
    }
)

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "x.overview": "总体情况",
        "x.problems": "存在的主要问题",
        "x.measures": "改进措施",
        "x.other": "其他需要报告的事项",
    }
)

INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        i.id: i
        for i in (
            Indicator(
                "f.site_news",
                "县政府网站发布新闻稿件",
                "条",
                (
                    *ways("新闻稿件 网站新闻 新闻稿 稿子 稿件 新闻 网站 网站稿件 网上新闻 官网 政府网"),
                    *ways(
                        "政府网 县政府网 县政府网上 政府网站 县政府网站 门户网站 县政府门户网站 政府门户网站 "
                        "新闻报道 网站动态 通稿 县政府网站新闻 政府网站新闻 县政府网新闻 县政府网站稿件"
                    ),
                    *ways("新闻信息 新闻动态 网站信息 政府官网 政府网页"),
                ),
            ),
            Indicator(
                "f.key_area",
                "重点领域信息公开发布信息",
                "条",
                ways("重点领域 重点领域信息 重点领域信息公开 重点领域公开 重点公开领域 重点方面 重点领域公开信息"),
            ),
            Indicator(
                "f.wechat",
                "微信公众号发布信息",
                "条",
                (
                    *ways("公众号 微信 推文 微信公众号 公众号推文 公号 微信推文 推送 微信公号 公众平台"),
                    *ways(
                        "wechat weixin wx wx推文 vx推文 gzh 公號 公众账号 公众帐号 微信号推文 微信图文 图文推送 微信端"
                    ),
                    *ways("微信文章 公众号文章 微信信息 微信号 微信平台 公众号信息 微信推送 公众号推送 推文章"),
                ),
            ),
            Indicator(
                "f.video",
                "短视频",
                "个",
                (
                    *ways("短视频 dy dy短视频 抖音 视频 抖音号 小视频 抖音短视频 短片 抖音视频 抖音作品 快手 视频号"),
                    *ways("douyin tiktok 视频作品 短视频作品"),
                ),
            ),
            Indicator(
                "f.policy",
                "政策解读",
                "篇",
                ways("政策解读 解读 解读材料 政策解读材料 解读稿 政策解读稿 解读稿件 解读文章 政策说明"),
            ),
            Indicator(
                "f.hotline",
                "12333热线接听",
                "个",
                (
                    *ways("12333 热线 热线电话 12333热线 咨询热线 咨询电话 来电 接电话 接听电话 电话咨询"),
                    *ways("接听 服务热线 电话 接线 热线来电 电话接听 群众来电 话务量 12333电话 接的电话"),
                ),
            ),
            Indicator(
                "f.petition_reply",
                "网民留言办理",
                "条",
                (
                    *ways("网民留言 留言 网上留言 网友留言 群众留言 网络留言 留言回复 留言办理 留言答复"),
                    *ways("留的言 留了言 留过言 留下的话 网上问政 网络问政 网民来信 网友问题 网民提问 网友提问"),
                    *ways("百姓留言 回复留言 答复留言 办理留言 网民问题 网民在网上留言"),
                ),
            ),
            Indicator(
                "f.training",
                "培训",
                "场",
                ways(
                    "培训 培训场次 业务培训 培训班 培训会 公开培训 政务公开培训 业务学习 培训次数 "
                    "办了几场 开了几场 搞了几场 举办几场"
                ),
            ),
            Indicator(
                "f.info_fee",
                "信息处理费",
                "元",
                ways("信息处理费 处理费 信息公开处理费 信息费 公开信息处理费"),
            ),
        )
    }
)
